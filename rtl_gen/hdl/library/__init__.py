"""What the blocks are made from: delays, copies, arithmetic, memories, shared modules."""
