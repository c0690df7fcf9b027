-- While a refill is open: did the device itself tell of a record in vain, or is the record still to come?
set local role dantin_owner;

create index refusal_record on dantin.refusal (record) where record is not null;
