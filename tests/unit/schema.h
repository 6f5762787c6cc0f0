/* SPDX-License-Identifier: MIT */
/*
 * schema: does a JSON value follow a JSON Schema? As much of draft 2020-12 as
 * ours use: type, const, enum, required, properties, additionalProperties
 * (false or a schema), items, minItems, maxItems, minimum, maximum, pattern-free
 * strings with minLength, and $ref to "#/$defs/NAME". A keyword that is not
 * known is an error, so that none is passed over.
 */
#ifndef UNIT_SCHEMA_H
#define UNIT_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* False with the first fault, and where it is, in @why. @root holds $defs. */
bool schema_valid(const json_t *root, const json_t *value, char *why, size_t size);

#endif
