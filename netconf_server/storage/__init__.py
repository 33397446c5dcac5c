"""What is on the disk: every file is written so that a crash at any moment loses nothing."""
