"""Parts that the blocks are made of: delays, copies, arithmetic, memories, shared modules."""
