#!lua name=chat_v1
-- What has to happen in one step inside Redis: taking jobs, finishing them,
-- leases, marks, presence.  docs/bus.md says what each is for; the worker
-- loads this file, and both sides call it.  Every function takes the key
-- prefix first.  All are allow-oom: a full Redis refuses new jobs (a plain
-- XADD) and nothing else.

local FIELD = 'j'
local DEAD_MAX = 1000           -- dead letters, approximately
local LOG_MAX = 256             -- entries of a log, approximately
local MARKS_EXPIRE_MS = 60000   -- once MongoDB has them
local STALE_WORKER_MS = 15000   -- an announcement older than that is removed
local SWEEP_MAX = 500           -- people a presence sweep handles at once

-- Lives as long as this library is loaded; both are found again when not.
local last_offset = 0
local epoch = nil

local moment = nil      -- the time of the call under way, asked for once


local function now_us()
    if not moment then
        local t = redis.call('TIME')
        moment = tonumber(t[1]) * 1000000 + tonumber(t[2])
    end
    return moment
end


local function now_ms()
    return math.floor(now_us() / 1000)
end


-- An offset is Redis's clock made unique; Lua's tostring() would round it, and
-- %d takes as much as a double holds exactly.
local function next_offset()
    local n = now_us()
    if n <= last_offset then
        n = last_offset + 1
    end
    last_offset = n
    return string.format('%d', n)
end


local function current_epoch(prefix)
    if not epoch then
        epoch = redis.call('HGET', prefix .. 'meta', 'epoch') or '0'
    end
    return epoch
end


local function failed(reply)
    return type(reply) == 'table' and reply.err
end


-- A log begins with an entry that is no event; it lives until `at` at least.
local function begin_log(log, n, at)
    if redis.call('EXISTS', log) == 0 then
        redis.call('XADD', log, n .. '-0', 'o', '')
        redis.call('PEXPIREAT', log, at)
    else
        redis.call('PEXPIREAT', log, at, 'GT')
    end
end


-- In this many ms, for PEXPIREAT.
local function expires_in(ms)
    return string.format('%d', now_ms() + tonumber(ms))
end


-- Which large conversations a user hears is known as long as his log is, to
-- the millisecond: both are found, or neither.
local function keep_hears(prefix, uid)
    redis.call('PEXPIREAT', prefix .. 'hears:' .. uid,
               redis.call('PEXPIRETIME', prefix .. 'log:' .. uid))
end


-- Does this event let its user begin (j) or end (l) to hear a conversation?
local function moves(tail)
    return string.match(tail, '^%l*([jl])%l* (%S+) ')
end


-- Of a user who has a log, in the step that logs the event.
local function move(prefix, uid, how, id, n)
    local hears = prefix .. 'hears:' .. uid
    if how == 'l' then
        redis.call('SREM', hears, id)
        return
    end

    redis.call('SADD', hears, id)
    keep_hears(prefix, uid)
    begin_log(prefix .. 'log:conv:' .. id, n,
              redis.call('PEXPIRETIME', hears))
end


-- By the first byte of a target: channel and log.
local CHANNELS = { u = 'user:', c = 'conv:', a = 'all' }
local LOGS = { u = 'log:', c = 'log:conv:' }


-- Reads [flags, tail, n, target...] repeated `count` times from args[at],
-- logs and publishes each; returns the index behind them.  A target is
-- u<uid>, c<conversation> or a (everybody); the targets of an event are
-- different, and share its offset: a long string made anew costs a
-- microsecond for each thousand of its bytes.
local function tell(prefix, args, at, count)
    local error_text = nil

    for _ = 1, count do
        local logged = args[at] == 'l'
        local tail = args[at + 1]
        local targets = tonumber(args[at + 2])
        local how, conversation = moves(tail)
        local n = logged and next_offset()
        local plain = nil
        local numbered = logged and current_epoch(prefix) .. '.' .. n .. ' '
                                    .. tail
        at = at + 3

        for i = at, at + targets - 1 do
            local kind = string.sub(args[i], 1, 1)
            local id = string.sub(args[i], 2)

            if logged and LOGS[kind] then
                local r = redis.pcall('XADD', prefix .. LOGS[kind] .. id,
                                      'NOMKSTREAM', 'MAXLEN', '~', LOG_MAX,
                                      n .. '-0', 'e', tail)
                if failed(r) then
                    error_text = error_text or r.err
                elseif r and how and kind == 'u' then
                    local ok, e = pcall(move, prefix, id, how, conversation, n)
                    if not ok then
                        error_text = error_text or failed(e) or e
                    end
                end
                redis.call('PUBLISH', prefix .. CHANNELS[kind] .. id, numbered)

            else
                plain = plain or '- ' .. tail
                redis.call('PUBLISH', prefix .. CHANNELS[kind] .. id, plain)
            end
        end

        at = at + targets
    end

    return at, error_text
end


-- Reads [conversation, n, field, value...] repeated `count` times; keeps in
-- `marks` (may be nil) the highest of each: slot -> conversation -> field.
local function read_marks(marks, slot, args, at, count)
    for _ = 1, count do
        local id, n = args[at], tonumber(args[at + 1])
        local behind = at + 2 + 2 * n

        if marks and n > 0 then
            local of_slot = marks[slot] or {}
            local values = of_slot[id] or {}
            marks[slot], of_slot[id] = of_slot, values

            for i = at + 2, behind - 2, 2 do
                local value = tonumber(args[i + 1])
                if value > (values[args[i]] or -1) then
                    values[args[i]] = value
                end
            end
        end

        at = behind
    end

    return at
end


-- Moves marks of one conversation upwards.  Answers whether one moved, and
-- an error's text.
local function move_marks(key, values)
    local fields, set = {}, {}
    for field in pairs(values) do
        fields[#fields + 1] = field
    end

    local current = redis.pcall('HMGET', key, unpack(fields))
    if failed(current) then
        return false, current.err
    end

    for i, field in ipairs(fields) do
        if not current[i] or values[field] > tonumber(current[i]) then
            set[#set + 1] = field
            set[#set + 1] = string.format('%d', values[field])
        end
    end

    if #set == 0 then
        return false
    end

    redis.call('HSET', key, 'v', next_offset(), unpack(set))
    return true
end


-- Moves what read_marks() kept.  Only what enters the dirty set anew can have
-- a time to live (`settle`).
local function move_all_marks(prefix, marks)
    local error_text = nil

    for slot, of_slot in pairs(marks) do
        local moved = {}

        for id, values in pairs(of_slot) do
            local any, e = move_marks(prefix .. 'marks:' .. id, values)
            error_text = error_text or e
            if any then
                moved[#moved + 1] = id
            end
        end

        if #moved > 0 and redis.call('SADD', prefix .. 'dirty:' .. slot,
                                     unpack(moved)) > 0
        then
            for _, id in ipairs(moved) do
                redis.call('PERSIST', prefix .. 'marks:' .. id)
            end
        end
    end

    return error_text
end


-- The index behind the events that start at args[at].
local function skip_events(args, at, count)
    for _ = 1, count do
        at = at + 3 + tonumber(args[at + 2])
    end
    return at
end


-- 1: ours to finish and finished now; 0: finished before; -1: lease lost.
-- `held` keeps what was found out about the lease: suffix -> ours.
local function acknowledge(prefix, owner, held, suffix, entry)
    if held[suffix] == nil then
        held[suffix] = redis.call('GET', prefix .. 'slot:' .. suffix) == owner
    end

    return held[suffix]
           and redis.call('XDEL', prefix .. 'jobs:' .. suffix, entry) or -1
end


-- A moved job, or a dead letter: these are read by people, the newest count.
local function add(prefix, suffix, envelope)
    if suffix == 'dead' then
        redis.pcall('XADD', prefix .. suffix, 'MAXLEN', '~', DEAD_MAX, '*',
                    FIELD, envelope)
    else
        redis.pcall('XADD', prefix .. suffix, '*', FIELD, envelope)
    end
end


-- finish prefix owner jobs
--     { lane:slot entry  reply-channel reply  blob-id blob
--       marks { conversation n { field value } }
--       events { l|- tail n { target } }
--       adds { lane:slot|dead envelope } }
-- Answers [ result of each job..., the first error's text or '' ].
local function finish_jobs(args, marks)
    local prefix, owner, jobs = args[1], args[2], tonumber(args[3])
    local results, held, error_text = {}, {}, nil
    local at = 4

    for job = 1, jobs do
        local suffix, entry = args[at], args[at + 1]
        local channel, reply = args[at + 2], args[at + 3]
        local blob_id, blob = args[at + 4], args[at + 5]
        local slot = string.match(suffix, ':(.*)$')
        local count, e

        local result = acknowledge(prefix, owner, held, suffix, entry)
        local done = result == 1
        results[job] = result

        count = tonumber(args[at + 6])
        at = read_marks(done and marks, slot, args, at + 7, count)

        count = tonumber(args[at])
        if done then
            at, e = tell(prefix, args, at + 1, count)
            error_text = error_text or e
        else
            at = skip_events(args, at + 1, count)
        end

        count = tonumber(args[at])
        at = at + 1
        for _ = 1, count do
            if done then
                add(prefix .. 'jobs:', args[at], args[at + 1])
            end
            at = at + 2
        end

        if done and channel ~= '' then
            if blob_id ~= '' then
                redis.call('SET', prefix .. 'blob:' .. blob_id, blob,
                           'EX', '60')
            end
            redis.call('PUBLISH', prefix .. 'reply:' .. channel, reply)
        end
    end

    results[jobs + 1] = error_text or ''
    return results
end


-- Marks are moved once for all jobs, at the end; also when one of them was such
-- that Redis refused it, for those before it are finished.
local function finish(_, args)
    local marks = {}
    local ok, results = pcall(finish_jobs, args, marks)

    local e = move_all_marks(args[1], marks)
    if not ok then
        error(results)
    end

    if e and results[#results] == '' then
        results[#results] = e
    end
    return results
end


-- take prefix owner { lane:slot entry }
-- The holder's word before it runs anything: of each of these streams it has
-- the entries up to this one in hand.  Should it die, those that are left of
-- them are counted when they are run again.  Answers how many leases it holds.
local function take(_, args)
    local prefix, count = args[1], 0

    for at = 3, #args, 2 do
        if redis.call('GET', prefix .. 'slot:' .. args[at]) == args[2] then
            redis.call('SET', prefix .. 'taken:' .. args[at], args[at + 1])
            count = count + 1
        end
    end

    return count
end


-- retake prefix owner lane:slot after upto
-- The next entry behind `after` that was taken before and not finished.
-- Reading it counts: see the limit of tries in docs/bus.md.  Answers
-- [ entry age-ms tries envelope ], [] if there is none, -1: lease lost.
local function retake(_, args)
    local prefix, suffix = args[1], args[3]
    local tries = prefix .. 'tries:' .. suffix
    if redis.call('GET', prefix .. 'slot:' .. suffix) ~= args[2] then
        return -1
    end

    local found = redis.call('XRANGE', prefix .. 'jobs:' .. suffix,
                             '(' .. args[4], args[5], 'COUNT', '1')
    if #found == 0 then
        redis.call('DEL', tries)
        return {}
    end

    local id, fields = found[1][1], found[1][2]
    local ms = tonumber(string.match(id, '^(%d+)'))
    return { id, math.max(0, now_ms() - ms),
             1 + redis.call('HINCRBY', tries, id, 1), fields[2] }
end


-- settle prefix owner lane:slot { conversation v }
-- MongoDB has the marks of each conversation as of `v`.  Answers how many
-- had not moved since and left the dirty set.
local function settle(_, args)
    local prefix, suffix, count = args[1], args[3], 0
    if redis.call('GET', prefix .. 'slot:' .. suffix) ~= args[2] then
        return -1
    end

    local dirty = prefix .. 'dirty:' .. string.match(suffix, ':(.*)$')
    for at = 4, #args, 2 do
        local key = prefix .. 'marks:' .. args[at]
        local v = redis.call('HGET', key, 'v')
        if not v or v == args[at + 1] then
            redis.call('SREM', dirty, args[at])
            redis.call('PEXPIRE', key, MARKS_EXPIRE_MS)
            count = count + 1
        end
    end

    return count
end


-- restore prefix owner lane:slot known count { conversation n { field value } }
-- After a new epoch: a holder puts back the marks that it has, and says with
-- `known` 1 that it has put back all there are.
local function restore(_, args)
    local prefix, suffix = args[1], args[3]
    if redis.call('GET', prefix .. 'slot:' .. suffix) ~= args[2] then
        return -1
    end

    local slot, marks = string.match(suffix, ':(.*)$'), {}
    read_marks(marks, slot, args, 6, tonumber(args[5]))
    local e = move_all_marks(prefix, marks)
    if e then
        return redis.error_reply(e)
    end

    if args[4] == '1' then
        redis.call('HSET', prefix .. 'known', slot, '1')
    end
    return 1
end


-- cut prefix uid log-ms { conversation }
-- A session's beginning: from the offset answered on, the user's log and
-- channel hold everything, and so do those of the large conversations, which
-- are written `+<id>`.  Answers [ offset, marks of each as HGETALL ].
local function cut(_, args)
    local prefix, uid = args[1], args[2]
    local hears = prefix .. 'hears:' .. uid
    local n, ends = next_offset(), expires_in(args[3])

    begin_log(prefix .. 'log:' .. uid, n, ends)
    redis.call('DEL', hears)

    local marks = {}
    for at = 4, #args do
        local large, id = string.match(args[at], '^(%+?)(.*)$')
        if large == '+' then
            redis.call('SADD', hears, id)
            begin_log(prefix .. 'log:conv:' .. id, n, ends)
        end
        marks[at - 3] = redis.call('HGETALL', prefix .. 'marks:' .. id)
    end

    keep_hears(prefix, uid)
    return { current_epoch(prefix) .. '.' .. n, marks }
end


-- lease prefix owner ttl-ms announcement { =|+|? lane:slot }
-- = keeps a lease, + takes a free one, ? only looks.  Answers [ [ owner of each
-- or '' ], workers as HGETALL ].
local function lease(_, args)
    local prefix, owner, ttl = args[1], args[2], args[3]
    local owners, now = {}, now_ms()
    local workers = prefix .. 'workers'

    redis.call('HSET', workers, owner,
               string.format('%d', now) .. ' ' .. args[4])

    for at = 5, #args, 2 do
        local key = prefix .. 'slot:' .. args[at + 1]
        local holder = redis.call('GET', key) or ''

        if holder == owner and args[at] ~= '?' then
            redis.call('PEXPIRE', key, ttl)

        elseif holder == '' and args[at] == '+' then
            redis.call('SET', key, owner, 'PX', ttl)
            holder = owner
        end

        owners[#owners + 1] = holder
    end

    local all = redis.call('HGETALL', workers)
    for i = 1, #all, 2 do
        local said = tonumber(string.match(all[i + 1], '^(%d+)') or '0')
        if now - said > STALE_WORKER_MS then
            redis.call('HDEL', workers, all[i])
        end
    end

    return { owners, redis.call('HGETALL', workers) }
end


-- release prefix owner ttl-ms leaving { lane:slot successor-or-'' }
-- `leaving` 1 takes the announcement away too.
local function release(_, args)
    local prefix, owner, count = args[1], args[2], 0

    for at = 5, #args, 2 do
        local key = prefix .. 'slot:' .. args[at]
        if redis.call('GET', key) == owner then
            if args[at + 1] == '' then
                redis.call('DEL', key)
            else
                redis.call('SET', key, args[at + 1], 'PX', args[3])
            end
            count = count + 1
        end
    end

    if args[4] == '1' then
        redis.call('HDEL', prefix .. 'workers', owner)
    end

    return count
end


-- epoch prefix run-id version slots
-- Answers [ epoch, 1 if it is new ].  Version or slots that differ from
-- what this Redis is used with are an error, not overwritten.
local function set_epoch(_, args)
    local meta = args[1] .. 'meta'
    local have = redis.call('HMGET', meta, 'run_id', 'version', 'slots', 'epoch')

    if have[1] == args[2] then
        if have[2] ~= args[3] or have[3] ~= args[4] then
            return redis.error_reply('CHATMETA version ' .. have[2] .. ' slots '
                                     .. have[3] .. ' are in use')
        end
        epoch = have[4]
        return { have[4], 0 }
    end

    local n = math.max(tonumber(have[4] or '0') + 1,
                       math.floor(now_us() / 1000000))
    epoch = string.format('%d', n)
    redis.call('HSET', meta, 'run_id', args[2], 'version', args[3],
               'slots', args[4], 'epoch', epoch)
    redis.call('DEL', args[1] .. 'known')
    return { epoch, 1 }
end


-- node prefix incarnation lease-ms log-ms { uid }
-- Called by each nginx process every few seconds: it is alive, and the logs
-- of those who have a session there live on.
local function node(_, args)
    local prefix, ends = args[1], expires_in(args[4])
    redis.call('SET', prefix .. 'node:' .. args[2], '1', 'PX', args[3])
    redis.call('SADD', prefix .. 'nodes', args[2])

    for at = 5, #args do
        redis.call('PEXPIREAT', prefix .. 'log:' .. args[at], ends)
        redis.call('PEXPIREAT', prefix .. 'hears:' .. args[at], ends)
    end
    return 1
end


-- A user whose last socket went away is offline when the grace is over.
local function left(prefix, uid, now, grace)
    if redis.call('EXISTS', prefix .. 'presence:' .. uid) == 0
       and redis.call('SISMEMBER', prefix .. 'online', uid) == 1
    then
        redis.call('ZADD', prefix .. 'leaving', 'NX',
                   string.format('%d', now + grace), uid)
    end
end


-- presence prefix incarnation uid count grace-ms
-- How many sockets the user has there now.  Answers 1 if somebody who was
-- offline is online now.
local function presence(_, args)
    local prefix, incarnation, uid = args[1], args[2], args[3]
    local key = prefix .. 'presence:' .. uid
    local users = prefix .. 'users:' .. incarnation

    if tonumber(args[4]) > 0 then
        redis.call('HSET', key, incarnation, args[4])
        redis.call('SADD', users, uid)
        redis.call('ZREM', prefix .. 'leaving', uid)
        if redis.call('SADD', prefix .. 'online', uid) == 1 then
            redis.call('SADD', prefix .. 'edges', uid)
            return 1
        end
        return 0
    end

    redis.call('HDEL', key, incarnation)
    redis.call('SREM', users, uid)
    left(prefix, uid, now_ms(), tonumber(args[5]))
    return 0
end


-- An nginx process without lease has no sockets.
local function sweep_nodes(prefix, now, grace)
    for _, incarnation in ipairs(redis.call('SMEMBERS', prefix .. 'nodes')) do
        if redis.call('EXISTS', prefix .. 'node:' .. incarnation) == 0 then
            local users = prefix .. 'users:' .. incarnation
            local some = redis.call('SRANDMEMBER', users, SWEEP_MAX)
            for _, uid in ipairs(some) do
                redis.call('HDEL', prefix .. 'presence:' .. uid, incarnation)
                redis.call('SREM', users, uid)
                left(prefix, uid, now, grace)
            end
            if #some < SWEEP_MAX then
                redis.call('SREM', prefix .. 'nodes', incarnation)
            end
        end
    end
end


-- sweep prefix owner lane:slot grace-ms
-- Once a second, by the holder of that lease: dead nodes, people whose grace
-- is over.  Answers [ uid, 1 online or 0 offline, ... ] of those whose state
-- changed and was not told yet (`tell` takes them off the list).
local function sweep(_, args)
    local prefix, now = args[1], now_ms()
    if redis.call('GET', prefix .. 'slot:' .. args[3]) ~= args[2] then
        return {}
    end

    sweep_nodes(prefix, now, tonumber(args[4]))

    local due = redis.call('ZRANGE', prefix .. 'leaving', '-inf',
                           string.format('%d', now), 'BYSCORE',
                           'LIMIT', '0', SWEEP_MAX)
    for _, uid in ipairs(due) do
        redis.call('ZREM', prefix .. 'leaving', uid)
        redis.call('SREM', prefix .. 'online', uid)
        redis.call('SADD', prefix .. 'edges', uid)
    end

    local edges = {}
    for _, uid in ipairs(redis.call('SRANDMEMBER', prefix .. 'edges',
                                    SWEEP_MAX))
    do
        edges[#edges + 1] = uid
        edges[#edges + 1] = redis.call('SISMEMBER', prefix .. 'online', uid)
    end
    return edges
end


-- tell prefix owner lane:slot edges { uid state } events { as in finish }
-- Events that come from the clock and from no job.  An edge whose state has
-- changed again meanwhile stays on the list.
local function tell_edges(_, args)
    local prefix = args[1]
    if redis.call('GET', prefix .. 'slot:' .. args[3]) ~= args[2] then
        return -1
    end

    local count = tonumber(args[4])
    for at = 5, 3 + 2 * count, 2 do
        local state = redis.call('SISMEMBER', prefix .. 'online', args[at])
        if state == tonumber(args[at + 1]) then
            redis.call('SREM', prefix .. 'edges', args[at])
        end
    end

    local at = 5 + 2 * count
    local _, e = tell(prefix, args, at + 1, tonumber(args[at]))
    return e and redis.error_reply(e) or 1
end


-- ---- recovery ---------------------------------------------------------------

local function number_of(entry)
    return tonumber(string.match(entry[1], '^(%d+)'))
end


-- The entries of a log behind n, up to `upto` (nil: all there are); nil when
-- something may be missing: the log is younger than n, or was trimmed.
local function log_behind(log, n, upto)
    local first = redis.call('XRANGE', log, '-', '+', 'COUNT', '1')
    if #first == 0 or number_of(first[1]) > n then
        return nil
    end
    return redis.call('XRANGE', log, string.format('(%d-0', n),
                      upto and string.format('%d-0', upto) or '+')
end


-- When behind n the user was in which large conversation: [ id, from, upto ]
-- each, upto nil: he is.  `own` is what his log has behind n: there he joined
-- and left; the set has where it ended.
local function stays(prefix, uid, n, own)
    local list, since, moved = {}, {}, {}

    for _, entry in ipairs(own) do
        local how, id = moves(entry[2][2])
        if how == 'j' then
            since[id] = since[id] or number_of(entry)
        elseif how == 'l' then
            if since[id] or not moved[id] then
                list[#list + 1] = { id, since[id] or n, number_of(entry) }
            end
            since[id] = nil
        end
        if how then
            moved[id] = true
        end
    end

    for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'hears:' .. uid)) do
        if not moved[id] then
            since[id] = n
        end
    end
    for id, from in pairs(since) do
        list[#list + 1] = { id, from }
    end
    return list
end


-- What a user missed behind an offset, as events with their offsets, in order:
-- his log and those of his large conversations, each while he was in it.  nil
-- when something may be missing: another epoch, a log that does not reach back,
-- more than `max` bytes.  `stop` (may be nil) is asked of each.
local function read_on(prefix, uid, offset, max, stop)
    local e, n = string.match(offset, '^(%d+)%.(%d+)$')
    if e ~= current_epoch(prefix) or #n > 16 then
        return nil
    end
    n = tonumber(n)

    local found, bytes = {}, 0
    local function collect(entries)
        for _, entry in ipairs(entries or {}) do
            local field, tail = entry[2][1], entry[2][2]
            if field == 'e' then
                bytes = bytes + #tail
                if bytes > max or stop and stop(tail) then
                    return false
                end
                found[#found + 1] = { number_of(entry), tail }
            end
        end
        return entries ~= nil
    end

    local own = log_behind(prefix .. 'log:' .. uid, n)
    if not collect(own) then
        return nil
    end
    for _, stay in ipairs(stays(prefix, uid, n, own)) do
        if not collect(log_behind(prefix .. 'log:conv:' .. stay[1], stay[2],
                                  stay[3]))
        then
            return nil
        end
    end

    table.sort(found, function(a, b) return a[1] < b[1] end)
    for i, event in ipairs(found) do
        found[i] = string.format('%s.%d %s', e, event[1], event[2])
    end
    return found
end


local function header(head, name)
    return string.match(head, '\n' .. name .. ': ([^\n]*)\n')
end


-- Does this event of the log close that session?
local function closes(tail, sid, generation, token_session)
    local head = string.match(tail, '^(.-\n)\n')
    if not head or not string.match(head, '^[a-z]*c[a-z]* ') then
        return false
    end
    return (header(head, 'sid') or sid) == sid
           and (header(head, 'generation') or generation) == generation
           and (header(head, 'token%-session') or token_session)
               == token_session
end


-- read prefix uid offset max-bytes
-- Answers [ [ event... ] ], or [] if something may be missing.
local function read(_, args)
    local events = read_on(args[1], args[2], args[3], tonumber(args[4]))
    return events and { events } or {}
end


-- begin prefix uid pid sid token-session log-ms
-- A session that can be claimed by its pid.
local function begin(_, args)
    local key = args[1] .. 'pid:' .. args[3]
    redis.call('HSET', key, 'uid', args[2], 'sid', args[4], 'generation', '1',
               'token-session', args[5])
    redis.call('PEXPIRE', key, args[6])
    return 1
end


-- keep prefix what log-ms { id }
-- What is kept besides the users' logs while somebody needs it: `pid`, what
-- sessions are claimed by; `log:conv`, the logs of large conversations.
local function keep(_, args)
    local prefix, what, ends = args[1], args[2], expires_in(args[3])
    if what ~= 'pid' and what ~= 'log:conv' then
        return redis.error_reply('CHATKEEP ' .. what)
    end
    for at = 4, #args do
        redis.call('PEXPIREAT', prefix .. what .. ':' .. args[at], ends)
    end
    return 1
end


-- forget prefix uid pid
-- It ended for good: nobody claims it any more.
local function forget(_, args)
    local key = args[1] .. 'pid:' .. args[3]
    if redis.call('HGET', key, 'uid') ~= args[2] then
        return 0
    end
    return redis.call('DEL', key)
end


-- claim prefix uid pid offset max-bytes token-session log-ms
-- A session goes on in another connection: the one it had is closed, also if
-- it looks open.  Nothing is used up, so a claim whose answer was lost can be
-- made again.  Answers [ sid, generation, offset, [ event... ] ]: the events
-- up to that offset; or [] if the session cannot go on.
local function claim(_, args)
    local prefix, uid, session = args[1], args[2], args[6]
    local key = prefix .. 'pid:' .. args[3]
    local kept = redis.call('HMGET', key, 'uid', 'sid', 'generation',
                            'token-session')
    if kept[1] ~= uid then
        return {}
    end

    local events = read_on(prefix, uid, args[4], tonumber(args[5]),
                           function(tail)
                               return closes(tail, kept[2], kept[3], kept[4])
                           end)
    if not events then
        return {}
    end

    local generation = redis.call('HINCRBY', key, 'generation', 1)
    redis.call('HSET', key, 'token-session', session)
    redis.call('PEXPIRE', key, args[7])
    redis.call('PEXPIRE', prefix .. 'log:' .. uid, args[7])
    keep_hears(prefix, uid)
    for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'hears:' .. uid)) do
        redis.call('PEXPIRE', prefix .. 'log:conv:' .. id, args[7], 'GT')
    end

    local close = 'c - -\nsid: ' .. kept[2] .. '\ngeneration: ' .. kept[3]
                  .. '\nreason: claimed\n\n'
    tell(prefix, { 'l', close, '1', 'u' .. uid }, 1, 1)

    local offset = string.format('%s.%d', current_epoch(prefix), last_offset)
    return { kept[2], generation, offset, events }
end


local function register(name, callback)
    local function run(keys, args)
        moment = nil
        return callback(keys, args)
    end
    redis.register_function{ function_name = 'chat_v1_' .. name,
                             callback = run, flags = { 'allow-oom' } }
end

register('take', take)
register('retake', retake)
register('finish', finish)
register('settle', settle)
register('restore', restore)
register('cut', cut)
register('lease', lease)
register('release', release)
register('epoch', set_epoch)
register('node', node)
register('presence', presence)
register('sweep', sweep)
register('tell', tell_edges)
register('read', read)
register('begin', begin)
register('keep', keep)
register('forget', forget)
register('claim', claim)
