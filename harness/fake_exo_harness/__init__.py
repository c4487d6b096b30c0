"""What drives and judges: scenarios, devices, drivers, checks, reports, the command line.

Sees `fake_exo` through its public face only, and never its policy: an oracle that reads the
table of the code under test proves nothing.
"""
