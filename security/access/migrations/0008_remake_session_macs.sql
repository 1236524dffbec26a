-- Where the key of the digests is renewed, each session that is open gets its digest anew.
GRANT UPDATE (session_mac) ON staff_session TO appliance_system;
