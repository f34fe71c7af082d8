"""What a stream of events says: the shift detector and its calibration. Plain data in, plain data out."""
