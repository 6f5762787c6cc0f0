#!/bin/bash -eu
# SPDX-License-Identifier: MIT
#
# OSS-Fuzz' and ClusterFuzzLite's build: one fuzz target, its inputs to begin with, its dictionary.
# $CC, $CXX, $CFLAGS, $CXXFLAGS, $LIB_FUZZING_ENGINE, $SRC, $OUT are theirs; $HDB: the repository.

cd "${HDB:-$SRC/hdb}/tools/hdb-fuzz"
work=$(mktemp -d)
mkdir -p "$OUT"

includes="-Imessage/shim -Imessage -Iengine -I../common -I../../driver/protocol"
objects=()
for file in message/{target,link,mutate,record,fields}.c engine/rng.c \
	../../driver/protocol/*.c ../../driver/backend/ring.c; do
	object=$work/$(basename "$file" .c).o
	# shellcheck disable=SC2086 # lists of words
	$CC $CFLAGS -std=gnu11 -D_GNU_SOURCE $includes -c -o "$object" "$file"
	objects+=("$object")
done
# shellcheck disable=SC2086
$CXX $CXXFLAGS -o "$OUT/hdb-fuzz-message" "${objects[@]}" $LIB_FUZZING_ENGINE

# The seeds are text: a small program of their own makes bytes of them.
# shellcheck disable=SC2086
clang -std=gnu11 -D_GNU_SOURCE $includes -o "$work/compile" oss-fuzz/compile.c \
	message/{text,record,fields}.c ../common/err.c
mkdir "$work/seeds"
for file in message/corpus/*.txt; do
	"$work/compile" <"$file" >"$work/seeds/$(basename "$file" .txt)"
done
(cd "$work/seeds" && zip -q "$OUT/hdb-fuzz-message_seed_corpus.zip" -- *)
cp message/message.dict "$OUT/hdb-fuzz-message.dict"
rm -rf "$work"
