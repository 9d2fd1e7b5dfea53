package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/tlog"
)

// folder is a copy of the bucket, each object a file under its key, as it is stored.
type folder string

func (f folder) read(key string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(f), filepath.FromSlash(key)))
}

func (f folder) ReadCheckpoint(context.Context) ([]byte, error) {
	return f.read(layout.CheckpointPath)
}

func (f folder) ReadTile(_ context.Context, level, index uint64, partial uint8) ([]byte, error) {
	return f.read(layout.TilePath(level, index, partial))
}

// ReadEntryBundle undoes what Content-Encoding says, as a client does over HTTP.
func (f folder) ReadEntryBundle(_ context.Context, index uint64, partial uint8) ([]byte, error) {
	compressed, err := f.read(layout.EntriesPath(index, partial))
	if err != nil {
		return nil, err
	}
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

// Height of tiles, which tlog.TileHashReader asks for.
func (f folder) Height() int { return layout.TileHeight }

// ReadTiles has sumdb's tiles, whose paths name their height, from those of the specification.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	contents := make([][]byte, len(tiles))
	for at, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", layout.TileHeight), "tile/", 1)
		content, err := f.read(path)
		if err != nil {
			return nil, err
		}
		contents[at] = content
	}
	return contents, nil
}

// SaveTiles is where sumdb's clients cache; a folder has everything already.
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}
