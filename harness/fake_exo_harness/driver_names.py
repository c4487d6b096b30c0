"""What drivers are called on the command line and in scenario files; `drivers.DRIVERS` has them."""

SIMULATED = ("memory", "socket")  # run profiles of devices
DRIVER_NAMES = (*SIMULATED, "command", "namespace", "docker", "physical")
