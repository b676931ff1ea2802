"""What waiting costs customers, and how critical a stage is to them."""
