-- create_database: the database of a private cluster. No parameters, no rows. Not inside a transaction.
create database dantin owner dantin_owner template template0
