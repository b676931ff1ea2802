"""How sure a difference is: tests, intervals and resampling that several subjects share."""
