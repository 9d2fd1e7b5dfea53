// Conformance holds a copy of the log's bucket to verifiers that nobody of this project wrote:
//
//   - tessera's fsck: the signed root and every tile, made again from the entries
//   - golang.org/x/mod/sumdb: signatures of all checkpoints, proofs that each is a beginning of the latest, and proofs of entries
//
// It knows the specifications (https://c2sp.org/tlog-tiles, tlog-checkpoint, signed-note) and nothing else of this project.
//
//	conformance FOLDER ORIGIN PUBLIC_KEY
//
// PUBLIC_KEY is the Ed25519 key in base64, without what DER has before it. Any other exit code than 0 says that the log is rejected.
package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	workers = 4
	// A worker of fsck that has found something ends, and what fed it would wait for ever.
	limit = 5 * time.Minute
)

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("got %d arguments, expected FOLDER ORIGIN PUBLIC_KEY", len(os.Args)-1))
	}
	time.AfterFunc(limit, func() { fail(fmt.Errorf("not done after %v", limit)) })
	bucket, origin := folder(os.Args[1]), os.Args[2]
	key, err := base64.StdEncoding.DecodeString(os.Args[3])
	fail(err)
	verifierKey, err := note.NewEd25519VerifierKey(origin, ed25519.PublicKey(key))
	fail(err)
	verifier, err := note.NewVerifier(verifierKey)
	fail(err)

	began := time.Now()
	fail(fsck.New(origin, verifier, bucket, leafHashes, fsck.Opts{N: workers}).Check(context.Background()))
	checked := time.Since(began)
	latest, err := openCheckpoint(filepath.Join(string(bucket), "checkpoint"), origin, verifier)
	fail(err)
	hashes := tlog.TileHashReader(latest, bucket)
	earlier, err := checkConsistency(bucket, origin, verifier, latest, hashes)
	fail(err)
	proven, err := checkInclusion(bucket, latest, hashes)
	fail(err)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	report := "{\"entries\":%d,\"checkpoints\":%d,\"proven\":%d,\"fsck_ms\":%d,\"memory_bytes\":%d}\n"
	fmt.Printf(report, latest.N, earlier, proven, checked.Milliseconds(), memory.Sys)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// leafHashes is how fsck is told what an entry's hash is: as the specification has it.
func leafHashes(data []byte) ([][]byte, error) {
	var bundle api.EntryBundle
	if err := bundle.UnmarshalText(data); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(bundle.Entries))
	for _, entry := range bundle.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}
