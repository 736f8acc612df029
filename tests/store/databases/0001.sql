BEGIN TRANSACTION;
CREATE TABLE chats (
	id TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	team_name TEXT NOT NULL, 
	team_id TEXT, 
	revision INTEGER, 
	task TEXT NOT NULL, 
	status TEXT NOT NULL, 
	head INTEGER NOT NULL, 
	fence INTEGER NOT NULL, 
	leg_worker TEXT, 
	n_messages INTEGER NOT NULL, 
	n_tokens BIGINT NOT NULL, 
	cost_usd DOUBLE NOT NULL, 
	n_unpriced INTEGER NOT NULL, 
	waiting_for TEXT NOT NULL, 
	waiting_agent TEXT NOT NULL, 
	ended_text TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	deleted_at VARCHAR(32), 
	PRIMARY KEY (id), 
	UNIQUE (client_id)
);
INSERT INTO "chats" VALUES('c1','c1','Whole','Pair',NULL,NULL,'Write.','running',13,1,NULL,3,20,1.0,0,'','','','2026-11-23T11:54:12.926014+00:00','2026-11-23T11:54:13.544565+00:00',NULL);
INSERT INTO "chats" VALUES('c2','c2','Grüße 🦀','Pair',NULL,NULL,'Write.','waiting',8,1,NULL,2,20,1.0,0,'It is your turn.','User','','2026-11-23T11:54:13.545365+00:00','2026-11-23T11:54:13.548566+00:00',NULL);
CREATE TABLE connections (
	name TEXT NOT NULL, 
	body TEXT NOT NULL, 
	key_encrypted TEXT NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE drafts (
	chat_id TEXT NOT NULL, 
	turn INTEGER NOT NULL, 
	agent TEXT NOT NULL, 
	text TEXT NOT NULL, 
	fence INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (chat_id)
);
CREATE TABLE events (
	chat_id TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	schema_version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	client_id TEXT, 
	part INTEGER NOT NULL, 
	fence INTEGER, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (chat_id, seq)
);
INSERT INTO "events" VALUES('c1',1,'ChatStarted',1,'{"kind":"ChatStarted","team":{"schema_version":1,"name":"Pair","description":"","tags":[],"agents":[{"name":"User","display_name":"","emoji":"","color":"","role":"human","description":"","prompt":"","connection":"","model":"","temperature":null,"parameters":{},"human_input_mode":null,"max_consecutive_auto_reply":null,"auto_reply":""},{"name":"Writer","display_name":"","emoji":"","color":"","role":"assistant","description":"","prompt":"Write.","connection":"","model":"","temperature":null,"parameters":{},"human_input_mode":null,"max_consecutive_auto_reply":null,"auto_reply":""}],"connection":"default","model":"","selection":{"method":"round_robin","allow_repeat":true,"transitions":null,"connection":"","model":"","max_attempts":3},"initiator":"","first_speaker":"","termination":{"phrases":["TERMINATE"],"match":"ends_with","by":null},"limits":{"max_rounds":12,"max_tokens":null,"max_cost_usd":null,"max_work_s":null,"max_repeats":3},"variables":{},"example_tasks":[]},"task":"Write.","by":{"name":"Anna","is_verified":false}}','c1',0,NULL,'2026-11-23T11:54:12.936017+00:00');
INSERT INTO "events" VALUES('c1',2,'MessagePosted',1,'{"kind":"MessagePosted","turn":0,"agent":"User","content":"Write.","source":"task","by":{"name":"Anna","is_verified":false}}','c1',1,NULL,'2026-11-23T11:54:12.966837+00:00');
INSERT INTO "events" VALUES('c1',3,'SpeakerSelected',1,'{"kind":"SpeakerSelected","turn":1,"agent":"Writer","method":"only_choice"}',NULL,0,1,'2026-11-23T11:54:13.085746+00:00');
INSERT INTO "events" VALUES('c1',4,'ModelCalled',1,'{"kind":"ModelCalled","turn":1,"agent":"Writer","purpose":"reply","connection":"c","model":"m","outcome":"timeout","reply":"Hi","tool_calls":[],"finish_reason":"","usage":{"input_uncached":3,"input_cached":2,"output":4,"reasoning":1},"usage_raw":{},"price":{"cost_usd":0.5,"source":"own price","as_of":""},"prompt_sha256":"0000000000000000000000000000000000000000000000000000000000000000","started_at":"2026-01-01T12:00:00Z","first_token_s":0.1,"duration_s":0.2,"error":""}',NULL,0,1,'2026-11-23T11:54:13.358218+00:00');
INSERT INTO "events" VALUES('c1',5,'ModelCalled',1,'{"kind":"ModelCalled","turn":1,"agent":"Writer","purpose":"reply","connection":"c","model":"m","outcome":"ok","reply":"Hi","tool_calls":[],"finish_reason":"","usage":{"input_uncached":3,"input_cached":2,"output":4,"reasoning":1},"usage_raw":{},"price":{"cost_usd":0.5,"source":"own price","as_of":""},"prompt_sha256":"0000000000000000000000000000000000000000000000000000000000000000","started_at":"2026-01-01T12:00:00Z","first_token_s":0.1,"duration_s":0.2,"error":""}',NULL,0,1,'2026-11-23T11:54:13.410835+00:00');
INSERT INTO "events" VALUES('c1',6,'MessagePosted',1,'{"kind":"MessagePosted","turn":1,"agent":"Writer","content":"Hi","source":"model","by":null}',NULL,0,1,'2026-11-23T11:54:13.411448+00:00');
INSERT INTO "events" VALUES('c1',7,'SpeakerSelected',1,'{"kind":"SpeakerSelected","turn":2,"agent":"User","method":"only_choice"}',NULL,0,1,'2026-11-23T11:54:13.415145+00:00');
INSERT INTO "events" VALUES('c1',8,'DecisionRequested',1,'{"kind":"DecisionRequested","request":"r5","turn":2,"of":"human_turn","agent":"User","question":"It is your turn.","payload":{},"options":["reply","skip","end"],"digest":"145f5dcb8c5775c286392cc3981e6987e2cfc2ea51a033b6c9d0c104748dda07"}',NULL,0,1,'2026-11-23T11:54:13.415361+00:00');
INSERT INTO "events" VALUES('c1',9,'DecisionMade',1,'{"kind":"DecisionMade","request":"r5","digest":"145f5dcb8c5775c286392cc3981e6987e2cfc2ea51a033b6c9d0c104748dda07","verdict":"reply","text":"Go on","choice":"","model":"","by":{"name":"Anna","is_verified":false}}',NULL,0,1,'2026-11-23T11:54:13.530043+00:00');
INSERT INTO "events" VALUES('c1',10,'MessagePosted',1,'{"kind":"MessagePosted","turn":2,"agent":"User","content":"Go on","source":"human","by":{"name":"Anna","is_verified":false}}',NULL,0,1,'2026-11-23T11:54:13.530389+00:00');
INSERT INTO "events" VALUES('c1',11,'ChatEnded',1,'{"kind":"ChatEnded","reason":"stopped","text":"Anna stopped the chat.","by":{"name":"Anna","is_verified":false}}',NULL,0,1,'2026-11-23T11:54:13.533536+00:00');
INSERT INTO "events" VALUES('c1',12,'ChatContinued',1,'{"kind":"ChatContinued","by":{"name":"Ben","is_verified":false}}',NULL,0,1,'2026-11-23T11:54:13.539165+00:00');
INSERT INTO "events" VALUES('c1',13,'SpeakerSelected',1,'{"kind":"SpeakerSelected","turn":3,"agent":"Writer","method":"only_choice"}',NULL,0,1,'2026-11-23T11:54:13.544565+00:00');
INSERT INTO "events" VALUES('c2',1,'ChatStarted',1,'{"kind":"ChatStarted","team":{"schema_version":1,"name":"Pair","description":"","tags":[],"agents":[{"name":"User","display_name":"","emoji":"","color":"","role":"human","description":"","prompt":"","connection":"","model":"","temperature":null,"parameters":{},"human_input_mode":null,"max_consecutive_auto_reply":null,"auto_reply":""},{"name":"Writer","display_name":"","emoji":"","color":"","role":"assistant","description":"","prompt":"Write.","connection":"","model":"","temperature":null,"parameters":{},"human_input_mode":null,"max_consecutive_auto_reply":null,"auto_reply":""}],"connection":"default","model":"","selection":{"method":"round_robin","allow_repeat":true,"transitions":null,"connection":"","model":"","max_attempts":3},"initiator":"","first_speaker":"","termination":{"phrases":["TERMINATE"],"match":"ends_with","by":null},"limits":{"max_rounds":12,"max_tokens":null,"max_cost_usd":null,"max_work_s":null,"max_repeats":3},"variables":{},"example_tasks":[]},"task":"Write.","by":{"name":"Anna","is_verified":false}}','c2',0,NULL,'2026-11-23T11:54:13.546194+00:00');
INSERT INTO "events" VALUES('c2',2,'MessagePosted',1,'{"kind":"MessagePosted","turn":0,"agent":"User","content":"Write.","source":"task","by":{"name":"Anna","is_verified":false}}','c2',1,NULL,'2026-11-23T11:54:13.546475+00:00');
INSERT INTO "events" VALUES('c2',3,'SpeakerSelected',1,'{"kind":"SpeakerSelected","turn":1,"agent":"Writer","method":"only_choice"}',NULL,0,1,'2026-11-23T11:54:13.547351+00:00');
INSERT INTO "events" VALUES('c2',4,'ModelCalled',1,'{"kind":"ModelCalled","turn":1,"agent":"Writer","purpose":"reply","connection":"c","model":"m","outcome":"timeout","reply":"Hi","tool_calls":[],"finish_reason":"","usage":{"input_uncached":3,"input_cached":2,"output":4,"reasoning":1},"usage_raw":{},"price":{"cost_usd":0.5,"source":"own price","as_of":""},"prompt_sha256":"0000000000000000000000000000000000000000000000000000000000000000","started_at":"2026-01-01T12:00:00Z","first_token_s":0.1,"duration_s":0.2,"error":""}',NULL,0,1,'2026-11-23T11:54:13.547678+00:00');
INSERT INTO "events" VALUES('c2',5,'ModelCalled',1,'{"kind":"ModelCalled","turn":1,"agent":"Writer","purpose":"reply","connection":"c","model":"m","outcome":"ok","reply":"Hi","tool_calls":[],"finish_reason":"","usage":{"input_uncached":3,"input_cached":2,"output":4,"reasoning":1},"usage_raw":{},"price":{"cost_usd":0.5,"source":"own price","as_of":""},"prompt_sha256":"0000000000000000000000000000000000000000000000000000000000000000","started_at":"2026-01-01T12:00:00Z","first_token_s":0.1,"duration_s":0.2,"error":""}',NULL,0,1,'2026-11-23T11:54:13.548046+00:00');
INSERT INTO "events" VALUES('c2',6,'MessagePosted',1,'{"kind":"MessagePosted","turn":1,"agent":"Writer","content":"Hi","source":"model","by":null}',NULL,0,1,'2026-11-23T11:54:13.548275+00:00');
INSERT INTO "events" VALUES('c2',7,'SpeakerSelected',1,'{"kind":"SpeakerSelected","turn":2,"agent":"User","method":"only_choice"}',NULL,0,1,'2026-11-23T11:54:13.548424+00:00');
INSERT INTO "events" VALUES('c2',8,'DecisionRequested',1,'{"kind":"DecisionRequested","request":"r5","turn":2,"of":"human_turn","agent":"User","question":"It is your turn.","payload":{},"options":["reply","skip","end"],"digest":"145f5dcb8c5775c286392cc3981e6987e2cfc2ea51a033b6c9d0c104748dda07"}',NULL,0,1,'2026-11-23T11:54:13.548566+00:00');
CREATE TABLE leases (
	name TEXT NOT NULL, 
	worker TEXT NOT NULL, 
	expires_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE ledger (
	chat_id TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	turn INTEGER NOT NULL, 
	agent TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	connection TEXT NOT NULL, 
	model TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	input_uncached BIGINT, 
	input_cached BIGINT, 
	output BIGINT, 
	reasoning BIGINT, 
	cost_usd DOUBLE, 
	price_source TEXT NOT NULL, 
	price_as_of TEXT NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	first_token_s DOUBLE, 
	duration_s DOUBLE NOT NULL, 
	error TEXT NOT NULL, 
	team_name TEXT NOT NULL, 
	day TEXT NOT NULL, 
	PRIMARY KEY (chat_id, seq)
);
INSERT INTO "ledger" VALUES('c1',4,1,'Writer','reply','c','m','timeout',3,2,4,1,0.5,'own price','','2026-01-01T12:00:00.000000+00:00',0.1,0.2,'','Pair','2026-01-01');
INSERT INTO "ledger" VALUES('c1',5,1,'Writer','reply','c','m','ok',3,2,4,1,0.5,'own price','','2026-01-01T12:00:00.000000+00:00',0.1,0.2,'','Pair','2026-01-01');
INSERT INTO "ledger" VALUES('c2',4,1,'Writer','reply','c','m','timeout',3,2,4,1,0.5,'own price','','2026-01-01T12:00:00.000000+00:00',0.1,0.2,'','Pair','2026-01-01');
INSERT INTO "ledger" VALUES('c2',5,1,'Writer','reply','c','m','ok',3,2,4,1,0.5,'own price','','2026-01-01T12:00:00.000000+00:00',0.1,0.2,'','Pair','2026-01-01');
CREATE TABLE settings (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE studio_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT studio_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "studio_version" VALUES('0001');
CREATE TABLE team_revisions (
	team_id TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_is_verified BOOLEAN NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (team_id, revision)
);
INSERT INTO "team_revisions" VALUES('0179c3eee256',1,'{"schema_version":1,"name":"Pair","description":"","tags":[],"agents":[{"name":"User","display_name":"","emoji":"","color":"","role":"human","description":"","prompt":"","connection":"","model":"","temperature":null,"parameters":{},"human_input_mode":null,"max_consecutive_auto_reply":null,"auto_reply":""},{"name":"Writer","display_name":"","emoji":"","color":"","role":"assistant","description":"","prompt":"Write.","connection":"","model":"","temperature":null,"parameters":{},"human_input_mode":null,"max_consecutive_auto_reply":null,"auto_reply":""}],"connection":"default","model":"","selection":{"method":"round_robin","allow_repeat":true,"transitions":null,"connection":"","model":"","max_attempts":3},"initiator":"","first_speaker":"","termination":{"phrases":["TERMINATE"],"match":"ends_with","by":null},"limits":{"max_rounds":12,"max_tokens":null,"max_cost_usd":null,"max_work_s":null,"max_repeats":3},"variables":{},"example_tasks":[]}','Anna',0,'2026-11-23T11:54:12.918293+00:00');
CREATE TABLE teams (
	id TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	deleted_at VARCHAR(32), 
	PRIMARY KEY (id)
);
INSERT INTO "teams" VALUES('0179c3eee256',1,'2026-11-23T11:54:12.908913+00:00',NULL);
CREATE TABLE workers (
	worker TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	beat_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (worker)
);
CREATE INDEX chats_by_activity ON chats (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX chats_by_status ON chats (status, updated_at, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX events_by_client_id ON events (chat_id, client_id, part) WHERE client_id IS NOT NULL;
CREATE INDEX ledger_by_day ON ledger (day);
COMMIT;
