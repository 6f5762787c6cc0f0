// SPDX-License-Identifier: MIT
#include "schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct schema {
	const json_t *root;
	char where[400];
	char *why;
	size_t size;
};

static bool schema_check(struct schema *schema, const json_t *rule, const json_t *value);

static bool __attribute__((format(printf, 2, 3)))
schema_fault(struct schema *schema, const char *format, ...)
{
	int used = snprintf(schema->why, schema->size, "%s: ", schema->where);
	va_list args;

	va_start(args, format);
	if (used > 0 && (size_t)used < schema->size)
		vsnprintf(schema->why + used, schema->size - (size_t)used, format, args);
	va_end(args);
	return false;
}

static bool schema_is_type(const json_t *value, const char *type)
{
	if (strcmp(type, "number") == 0)
		return json_is_number(value);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(value);
	if (strcmp(type, "string") == 0)
		return json_is_string(value);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	if (strcmp(type, "null") == 0)
		return json_is_null(value);
	if (strcmp(type, "array") == 0)
		return json_is_array(value);
	return strcmp(type, "object") == 0 && json_is_object(value);
}

static bool schema_type(struct schema *schema, const json_t *types, const json_t *value)
{
	if (json_is_string(types))
		return schema_is_type(value, json_string_value(types)) ||
		       schema_fault(schema, "not of type %s", json_string_value(types));
	for (size_t i = 0; i < json_array_size(types); i++)
		if (schema_is_type(value, json_string_value(json_array_get(types, i))))
			return true;
	return schema_fault(schema, "of none of the types");
}

static bool schema_enum(struct schema *schema, const json_t *values, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(values); i++)
		if (json_equal(json_array_get(values, i), value))
			return true;
	return schema_fault(schema, "none of the values");
}

static bool schema_below(struct schema *schema, const char *key, const json_t *rule,
			 const json_t *value)
{
	size_t length = strlen(schema->where);
	bool good;

	snprintf(schema->where + length, sizeof(schema->where) - length, "/%s", key);
	good = schema_check(schema, rule, value);
	if (good)
		schema->where[length] = '\0';
	return good;
}

static bool schema_members(struct schema *schema, const json_t *rule, const json_t *value)
{
	const json_t *others = json_object_get(rule, "additionalProperties");
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)value, key, member) {
		const json_t *known = json_object_get(json_object_get(rule, "properties"), key);

		if (!known && json_is_false(others))
			return schema_fault(schema, "'%s' is not known", key);
		if (!known)
			known = others;
		if (json_is_object(known) && !schema_below(schema, key, known, member))
			return false;
	}
	return true;
}

static bool schema_required(struct schema *schema, const json_t *keys, const json_t *value)
{
	for (size_t i = 0; json_is_object(value) && i < json_array_size(keys); i++)
		if (!json_object_get(value, json_string_value(json_array_get(keys, i))))
			return schema_fault(schema, "'%s' is missing",
					    json_string_value(json_array_get(keys, i)));
	return true;
}

static bool schema_items(struct schema *schema, const json_t *rule, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		char key[24];

		snprintf(key, sizeof(key), "%zu", i);
		if (!schema_below(schema, key, rule, json_array_get(value, i)))
			return false;
	}
	return true;
}

static bool schema_keyword(struct schema *schema, const char *key, const json_t *rule,
			   const json_t *what, const json_t *value)
{
	static const char *const words[] = { "$schema", "$id", "$defs", "title", "description",
					     "additionalProperties" };
	double number = json_number_value(value), limit = json_number_value(what);

	if (strcmp(key, "type") == 0)
		return schema_type(schema, what, value);
	if (strcmp(key, "const") == 0)
		return json_equal(what, value) || schema_fault(schema, "not the value");
	if (strcmp(key, "enum") == 0)
		return schema_enum(schema, what, value);
	if (strcmp(key, "required") == 0)
		return schema_required(schema, what, value);
	if (strcmp(key, "properties") == 0)
		return schema_members(schema, rule, value);
	if (strcmp(key, "items") == 0)
		return schema_items(schema, what, value);
	if (strcmp(key, "minItems") == 0)
		return (double)json_array_size(value) >= limit || schema_fault(schema, "too short");
	if (strcmp(key, "maxItems") == 0)
		return (double)json_array_size(value) <= limit || schema_fault(schema, "too long");
	if (strcmp(key, "minLength") == 0)
		return !json_is_string(value) || (double)json_string_length(value) >= limit ||
		       schema_fault(schema, "too short");
	if (strcmp(key, "minimum") == 0)
		return !json_is_number(value) || number >= limit ||
		       schema_fault(schema, "%g is below %g", number, limit);
	if (strcmp(key, "maximum") == 0)
		return !json_is_number(value) || number <= limit ||
		       schema_fault(schema, "%g is above %g", number, limit);
	if (strcmp(key, "$ref") == 0) {
		const char *name = json_string_value(what) + strlen("#/$defs/");

		return schema_check(schema, json_object_get(json_object_get(schema->root, "$defs"),
							    name), value);
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(key, words[i]) == 0)
			return true;
	return schema_fault(schema, "the schema has an unknown keyword '%s'", key);
}

static bool schema_check(struct schema *schema, const json_t *rule, const json_t *value)
{
	const char *key;
	json_t *what;

	if (!json_is_object(rule))
		return schema_fault(schema, "the schema has no such rule");
	json_object_foreach((json_t *)rule, key, what)
		if (!schema_keyword(schema, key, rule, what, value))
			return false;
	/* Without "properties" the keyword for other members stands alone. */
	if (json_is_object(value) && !json_object_get(rule, "properties"))
		return schema_members(schema, rule, value);
	return true;
}

bool schema_valid(const json_t *root, const json_t *value, char *why, size_t size)
{
	struct schema schema = { .root = root, .why = why, .size = size };

	why[0] = '\0';
	return schema_check(&schema, root, value);
}
