"""Arrays in, frozen results out: numpy alone, no torch and no drawing."""
