"""``make faults``: real calls while parts of the lab are killed, stopped and cut off, and the
invariants of money checked after each round."""
