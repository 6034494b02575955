/* cjson.c - cJSON, opened late: what starts fast reads with json_tree.h. */
#include <cjson/cJSON.h>

#include "util/late.h"

#define CALL(type, name, parameters, arguments)                                                    \
	LATE_CALL("libcjson.so.1", type, name, parameters, arguments)

/* clang-format off */
CALL(cJSON *, cJSON_AddArrayToObject, (cJSON *const object, const char *const name), (object, name))
CALL(cJSON *, cJSON_AddBoolToObject, (cJSON *const object, const char *const name, const cJSON_bool boolean), (object, name, boolean))
CALL(cJSON_bool, cJSON_AddItemToArray, (cJSON *array, cJSON *item), (array, item))
CALL(cJSON_bool, cJSON_AddItemToObject, (cJSON *object, const char *string, cJSON *item), (object, string, item))
CALL(cJSON *, cJSON_AddNullToObject, (cJSON *const object, const char *const name), (object, name))
CALL(cJSON *, cJSON_AddNumberToObject, (cJSON *const object, const char *const name, const double number), (object, name, number))
CALL(cJSON *, cJSON_AddObjectToObject, (cJSON *const object, const char *const name), (object, name))
CALL(cJSON *, cJSON_AddRawToObject, (cJSON *const object, const char *const name, const char *const raw), (object, name, raw))
CALL(cJSON *, cJSON_AddStringToObject, (cJSON *const object, const char *const name, const char *const string), (object, name, string))
CALL(cJSON *, cJSON_AddTrueToObject, (cJSON *const object, const char *const name), (object, name))
CALL(cJSON *, cJSON_CreateArray, (void), ())
CALL(cJSON *, cJSON_CreateBool, (cJSON_bool boolean), (boolean))
CALL(cJSON *, cJSON_CreateNull, (void), ())
CALL(cJSON *, cJSON_CreateNumber, (double num), (num))
CALL(cJSON *, cJSON_CreateObject, (void), ())
CALL(cJSON *, cJSON_CreateString, (const char *string), (string))
CALL(cJSON *, cJSON_CreateStringArray, (const char *const *strings, int count), (strings, count))
CALL(cJSON *, cJSON_CreateStringReference, (const char *string), (string))
CALL(cJSON *, cJSON_CreateTrue, (void), ())

static LATE_CALL_AS("libcjson.so.1", "cJSON_Delete", void, delete_item, (cJSON *item), (item))

/* Many a path that read no document deletes none: nothing is opened for that. */
void cJSON_Delete(cJSON *item)
{
	if (item)
		delete_item(item);
}

CALL(void, cJSON_DeleteItemFromArray, (cJSON *array, int which), (array, which))
CALL(void, cJSON_DeleteItemFromObjectCaseSensitive, (cJSON *object, const char *string), (object, string))
CALL(cJSON *, cJSON_DetachItemFromObjectCaseSensitive, (cJSON *object, const char *string), (object, string))
CALL(cJSON *, cJSON_DetachItemViaPointer, (cJSON *parent, cJSON *const item), (parent, item))
CALL(cJSON *, cJSON_Duplicate, (const cJSON *item, cJSON_bool recurse), (item, recurse))
CALL(cJSON *, cJSON_GetArrayItem, (const cJSON *array, int index), (array, index))
CALL(int, cJSON_GetArraySize, (const cJSON *array), (array))
CALL(double, cJSON_GetNumberValue, (const cJSON *const item), (item))
CALL(cJSON *, cJSON_GetObjectItem, (const cJSON *const object, const char *const string), (object, string))
CALL(cJSON *, cJSON_GetObjectItemCaseSensitive, (const cJSON *const object, const char *const string), (object, string))
CALL(char *, cJSON_GetStringValue, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_HasObjectItem, (const cJSON *object, const char *string), (object, string))
CALL(cJSON_bool, cJSON_InsertItemInArray, (cJSON *array, int which, cJSON *newitem), (array, which, newitem))
CALL(cJSON_bool, cJSON_IsArray, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_IsBool, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_IsFalse, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_IsNull, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_IsNumber, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_IsObject, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_IsRaw, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_IsString, (const cJSON *const item), (item))
CALL(cJSON_bool, cJSON_IsTrue, (const cJSON *const item), (item))
CALL(cJSON *, cJSON_Parse, (const char *value), (value))
CALL(cJSON *, cJSON_ParseWithLength, (const char *value, size_t buffer_length), (value, buffer_length))
CALL(cJSON *, cJSON_ParseWithLengthOpts, (const char *value, size_t buffer_length, const char **return_parse_end, cJSON_bool require_null_terminated), (value, buffer_length, return_parse_end, require_null_terminated))
CALL(char *, cJSON_Print, (const cJSON *item), (item))
CALL(char *, cJSON_PrintUnformatted, (const cJSON *item), (item))
CALL(cJSON_bool, cJSON_ReplaceItemInObject, (cJSON *object, const char *string, cJSON *newitem), (object, string, newitem))
CALL(cJSON_bool, cJSON_ReplaceItemInObjectCaseSensitive, (cJSON *object, const char *string, cJSON *newitem), (object, string, newitem))
CALL(char *, cJSON_SetValuestring, (cJSON *object, const char *valuestring), (object, valuestring))
CALL(void, cJSON_free, (void *object), (object))
/* clang-format on */
