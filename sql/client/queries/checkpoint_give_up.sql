-- A person acknowledged an alarm: what no quorum sealed does not bind the server any more.
UPDATE checkpoint SET standing = 2 WHERE sealed IS NULL;
