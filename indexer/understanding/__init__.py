"""What a question says, apart from its words: years, regions, insurance, material, numbers, employers."""
