-- Switch the personal lists on; done again, it changes nothing.
-- KEYS  subscriber
-- returns nothing

-- include: list

switch_on(KEYS[1])
