"""Language models behind one protocol: real endpoints, and the scripted one for tests. No medicine, no database, and
no way out but `net`. What a model says is data of an unknown author: whoever asks it checks the answer."""
