"""Calls of an Asterisk: AudioSocket or chan_websocket for their sound, FastAGI for who calls and where it goes on."""
