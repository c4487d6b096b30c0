.PHONY: test run
run: ; sh run
test: ; sh run test
