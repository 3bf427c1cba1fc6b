"""What pages read of a register: small functions over an open register, so that no page knows how it is stored."""
