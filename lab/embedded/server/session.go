package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/embedded/business"
)

// sessionLife is how long Redis keeps a session, as the common session addon does.
const sessionLife = 7 * 24 * time.Hour

// session is what Redis keeps under session:<sid>.
type session struct {
	Database string `json:"db"`
	UID      int64  `json:"uid"`
	Login    string `json:"login"`
}

// storeError is a failure of Redis. Odoo's session addons do not catch it: the
// client gets werkzeug's page with status 500.
type storeError struct{ err error }

func (e *storeError) Error() string { return "session store: " + e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// loadSession finds the request's session; nil when Redis knows none.
func (s *server) loadSession(ctx context.Context, r *http.Request) (*session, error) {
	cookie, err := r.Cookie("session_id")
	if err != nil || cookie.Value == "" {
		return nil, nil // no session is not an error here
	}
	raw, err := s.redis.Get(ctx, "session:"+cookie.Value).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, &storeError{err}
	}
	var known session
	if err := json.Unmarshal(raw, &known); err != nil {
		return nil, &storeError{err}
	}
	return &known, nil
}

// authenticate is /web/session/authenticate.
func (s *server) authenticate(ctx context.Context, w http.ResponseWriter, _ *http.Request, c *call,
	params json.RawMessage,
) (json.RawMessage, error) {
	var ask struct{ DB, Login, Password string }
	if err := json.Unmarshal(params, &ask); err != nil {
		return nil, business.BadArguments(err)
	}
	if db := s.databases[ask.DB]; db != nil {
		c.db = db
	} else if ask.DB != "" {
		return nil, business.NewError("odoo.exceptions.AccessError", "Database not found.", http.StatusForbidden, 200)
	}
	conn, err := s.connect(ctx, c.db)
	if err != nil {
		return nil, err
	}
	defer func() { s.putBack(c.db, conn) }()
	s.Spend(ctx, 350*time.Millisecond) // pbkdf2 with 600,000 rounds
	var uid int64
	err = conn.QueryRow(ctx, "select id from res_users where login = $1 and password = $2",
		ask.Login, Digest(ask.Password)).Scan(&uid)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, business.NewError("odoo.exceptions.AccessDenied", "Access Denied", http.StatusForbidden, 200)
	}
	if err != nil {
		return nil, err
	}
	sid := rand.Text() + rand.Text()
	raw, err := json.Marshal(session{Database: c.db.name, UID: uid, Login: ask.Login})
	if err != nil {
		return nil, err
	}
	if err := s.redis.Set(ctx, "session:"+sid, raw, sessionLife).Err(); err != nil {
		return nil, &storeError{err}
	}
	http.SetCookie(w, &http.Cookie{Name: "session_id", Value: sid, Path: "/", HttpOnly: true, MaxAge: int(sessionLife.Seconds())})
	return json.Marshal(map[string]any{"uid": uid, "db": c.db.name, "username": ask.Login, "server_version": "19.0",
		"name": ask.Login, "is_admin": false, "user_context": map[string]string{"lang": "en_US", "tz": "UTC"}})
}

// callKW is /web/dataset/call_kw: a method of a model, by positional and named
// arguments, with a session.
//
// Odoo looks for the session first, then opens the database, then checks whether the
// session has a user.
func (s *server) callKW(ctx context.Context, _ http.ResponseWriter, r *http.Request, c *call,
	params json.RawMessage,
) (json.RawMessage, error) {
	known, err := s.loadSession(ctx, r)
	if err != nil {
		return nil, err
	}
	if known != nil && s.databases[known.Database] != nil {
		c.db = s.databases[known.Database]
	}
	conn, err := s.connect(ctx, c.db)
	if err != nil {
		return nil, err
	}
	defer func() { s.putBack(c.db, conn) }()
	if known == nil {
		return nil, sessionExpired()
	}
	c.UID = known.UID
	var ask struct {
		Model, Method string
		Args          []json.RawMessage
		Kwargs        business.Arguments
	}
	if err := json.Unmarshal(params, &ask); err != nil {
		return nil, business.BadArguments(err)
	}
	c.Model, c.Method = ask.Model, ask.Method
	op, err := s.catalogue.Find(&c.Call)
	if err != nil {
		return nil, err
	}
	if err := c.Positional(op, ask.Args, ask.Kwargs); err != nil {
		return nil, err
	}
	return s.perform(ctx, c, conn, op)
}

// callJSON2 is /json/2: a method of a model, by named arguments, with a key. It
// does not touch Redis.
func (s *server) callJSON2(ctx context.Context, w http.ResponseWriter, r *http.Request, c *call) (json.RawMessage, error) {
	conn, err := s.connect(ctx, c.db)
	if err != nil {
		return nil, err
	}
	defer func() { s.putBack(c.db, conn) }()
	key := r.Header.Get("Authorization")
	if scheme, rest, ok := strings.Cut(key, " "); ok && strings.EqualFold(scheme, "bearer") {
		key = strings.TrimSpace(rest)
	}
	err = conn.QueryRow(ctx, "select user_id from res_users_apikeys where key = $1", Digest(key)).Scan(&c.UID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, business.NewError("werkzeug.exceptions.Unauthorized", "401 Unauthorized: Invalid apikey",
			http.StatusUnauthorized, 200)
	}
	if err != nil {
		return nil, err
	}
	s.Spend(ctx, 10*time.Millisecond) // the key's check
	var args business.Arguments
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 32<<20)).Decode(&args); err != nil {
		return nil, business.BadArguments(fmt.Errorf("the body is no JSON object: %w", err))
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/json/2/"), "/")
	if len(parts) != 2 {
		return nil, business.NewError("werkzeug.exceptions.NotFound", "404 Not Found", http.StatusNotFound, 200)
	}
	c.Model, c.Method = parts[0], parts[1]
	op, err := s.catalogue.Find(&c.Call)
	if err != nil {
		return nil, err
	}
	if err := c.Named(args); err != nil {
		return nil, err
	}
	return s.perform(ctx, c, conn, op)
}

// Digest is how passwords and keys are stored.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Push adds a job to the stream past the outbox.
func (s *server) Push(ctx context.Context, database string, j business.Job) error {
	err := s.redis.XAdd(ctx, &redis.XAddArgs{Stream: connector.Stream, Values: []string{
		"db", database, "picking", fmt.Sprint(j.Picking), "reference", j.Reference, "outbox", "0",
	}}).Err()
	if err != nil {
		return &storeError{err}
	}
	return nil
}
