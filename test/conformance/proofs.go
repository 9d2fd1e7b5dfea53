package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Entries whose inclusion is proven: the first, the last, and some between.
const provenEntries = 100

// openCheckpoint reads a checkpoint that the verifier must have signed for this origin.
func openCheckpoint(path, origin string, verifier note.Verifier) (tlog.Tree, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(content, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("%s: %w", path, err)
	}
	// sumdb's own trees begin with another line, the rest is the same
	text, ok := strings.CutPrefix(opened.Text, origin+"\n")
	if !ok {
		return tlog.Tree{}, fmt.Errorf("%s is of another origin, expected %s", path, origin)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + text))
}

// checkConsistency proves that every signed checkpoint is a beginning of the latest.
func checkConsistency(bucket folder, origin string, verifier note.Verifier, latest tlog.Tree, hashes tlog.HashReader) (int, error) {
	paths, err := filepath.Glob(filepath.Join(string(bucket), "checkpoints", "*"))
	if err != nil || len(paths) == 0 {
		return 0, fmt.Errorf("no checkpoints, expected at least that of the latest tree: %v", err)
	}
	for _, path := range paths {
		tree, err := openCheckpoint(path, origin, verifier)
		if err != nil {
			return 0, err
		}
		proof, err := tlog.ProveTree(latest.N, tree.N, hashes)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		if err := tlog.CheckTree(proof, latest.N, latest.Hash, tree.N, tree.Hash); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	return len(paths), nil
}

// checkInclusion proves entries, evenly spread, to be in the latest tree.
func checkInclusion(bucket folder, latest tlog.Tree, hashes tlog.HashReader) (int, error) {
	count := min(provenEntries, latest.N)
	for each := range count {
		leaf := each * (latest.N - 1) / max(1, count-1)
		index := uint64(leaf / layout.EntryBundleWidth)
		data, err := bucket.ReadEntryBundle(context.Background(), index, layout.PartialTileSize(0, index, uint64(latest.N)))
		if err != nil {
			return 0, err
		}
		var bundle api.EntryBundle
		if err := bundle.UnmarshalText(data); err != nil {
			return 0, err
		}
		proof, err := tlog.ProveRecord(latest.N, leaf, hashes)
		if err != nil {
			return 0, err
		}
		entry := bundle.Entries[leaf%layout.EntryBundleWidth]
		if err := tlog.CheckRecord(proof, latest.N, latest.Hash, leaf, tlog.RecordHash(entry)); err != nil {
			return 0, fmt.Errorf("entry %d: %w", leaf, err)
		}
	}
	return int(count), nil
}
