"""What people and programs are shown: one file an output."""
