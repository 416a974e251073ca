"""How the privacy officer's reports look: JSON, CSV and a page to print and sign."""
