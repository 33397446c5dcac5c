"""The rules of LMA and MAG: events in, effects out, time as an argument; no I/O of any kind."""
