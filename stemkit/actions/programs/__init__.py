"""Programs onto boards: deployed to stay, or run once."""
