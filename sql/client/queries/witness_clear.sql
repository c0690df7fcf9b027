-- All of them: they are told anew.
DELETE FROM witness;
