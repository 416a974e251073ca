"""Made-up short texts: lay questions, statute-like sentences, headlines, narratives, hard negatives."""
