"""One file a command of gald: add_arguments(parser) and run(arguments) -> Report."""
