"""Random damage to feeds, for as long as one likes."""
