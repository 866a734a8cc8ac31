"""What several benchmarks share: footage, the running app, visitors and students, the machine."""
