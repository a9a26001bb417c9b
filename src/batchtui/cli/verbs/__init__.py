"""What each verb of the command line takes, a module for each family of them."""
