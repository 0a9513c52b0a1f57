-- The tables that Asterisk reads (asterisk-conf/extconfig.conf). What is equal for every phone is a
-- column's default; a row says what differs.

CREATE TABLE IF NOT EXISTS ps_endpoints (
    id TEXT PRIMARY KEY NOT NULL,              -- the number, as in every table here
    auth TEXT NOT NULL,
    aors TEXT NOT NULL,
    callerid TEXT NOT NULL,
    language TEXT NOT NULL,
    media_address TEXT,
    bind_rtp_to_media_address TEXT NOT NULL DEFAULT 'no',
    context TEXT NOT NULL DEFAULT 'subscribers',
    message_context TEXT NOT NULL DEFAULT 'subscribers-messages',
    allow TEXT NOT NULL DEFAULT '!all,ulaw,alaw,opus',
    identify_by TEXT NOT NULL DEFAULT 'username',
    -- Nobody says who he is, and nobody moves a call elsewhere.
    trust_id_inbound TEXT NOT NULL DEFAULT 'no',
    trust_connected_line TEXT NOT NULL DEFAULT 'no',
    allow_transfer TEXT NOT NULL DEFAULT 'no',
    redirect_method TEXT NOT NULL DEFAULT 'uri_core',
    allow_overlap TEXT NOT NULL DEFAULT 'no',
    allow_subscribe TEXT NOT NULL DEFAULT 'no',
    dtmf_mode TEXT NOT NULL DEFAULT 'rfc4733',
    direct_media TEXT NOT NULL DEFAULT 'no',
    rtp_symmetric TEXT NOT NULL DEFAULT 'yes',
    force_rport TEXT NOT NULL DEFAULT 'yes',
    rewrite_contact TEXT NOT NULL DEFAULT 'yes',
    -- Seconds without media: a BYE that got lost bills no longer than this.
    rtp_timeout INTEGER NOT NULL DEFAULT 300,
    rtp_timeout_hold INTEGER NOT NULL DEFAULT 300
);

CREATE TABLE IF NOT EXISTS ps_auths (
    id TEXT PRIMARY KEY NOT NULL,
    auth_type TEXT NOT NULL DEFAULT 'userpass',
    username TEXT NOT NULL,
    password TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS ps_aors (
    id TEXT PRIMARY KEY NOT NULL,
    -- One contact, as a SIM card is in one phone: the one that registered last.
    max_contacts INTEGER NOT NULL DEFAULT 1,
    remove_existing TEXT NOT NULL DEFAULT 'yes',
    qualify_frequency INTEGER NOT NULL DEFAULT 0,
    minimum_expiration INTEGER NOT NULL DEFAULT 10,
    maximum_expiration INTEGER NOT NULL DEFAULT 7200
);
