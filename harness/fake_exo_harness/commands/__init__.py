"""What the command line's commands do. Each returns an exit code and writes to the terminal."""
