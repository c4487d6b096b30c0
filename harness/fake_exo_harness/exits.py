"""Exit codes of the command line, kept for ever."""

PASSED = 0
FAILED = 1
USAGE = 2
INTERNAL = 3
ENVIRONMENT = 4
NOTHING = 5
INTERRUPTED = 130  # by Ctrl-C; 129 and 143: by SIGHUP and SIGTERM

HELP = """\b
Exit codes:
  0    everything passed
  1    a scenario failed or was not run, or a file has errors
  2    the command was not understood
  3    an error of fake-exo itself
  4    the environment is not fit (a port taken, a driver missing)
  5    nothing was selected
  130  interrupted (129 by SIGHUP, 143 by SIGTERM)
"""
