"""The settings: one file a merchant may read and write."""
