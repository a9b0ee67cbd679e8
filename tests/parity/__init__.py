"""Wire parity: requests that were once played against LoopBack 3, played again in process against lbpy."""
