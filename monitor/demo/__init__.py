"""The main job on bundled sample feeds: a simulated fortnight, served and delivered on this machine only."""
