#include "core/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "util/own.h"

static const char *const qualities[] = {
	"able", "alert", "amber", "ample", "autumn", "azure", "balmy", "bold", "brave", "brief", "bright", "brisk", "calm",
	"candid", "clear", "clever", "coastal", "copper", "crisp", "daring", "deft", "dusky", "eager", "early", "easy", "even",
	"fair", "fine", "fleet", "fond", "frank", "fresh", "gentle", "glad", "golden", "grand", "hardy", "hearty", "humble",
	"ivory", "jaunty", "jolly", "keen", "kind", "lively", "loyal", "lucid", "mellow", "merry", "mild", "modest", "neat",
	"nimble", "noble", "northern", "pacific", "patient", "placid", "plucky", "polite", "proud", "quick", "quiet", "ready",
	"rosy", "royal", "rustic", "safe", "sandy", "serene", "sharp", "silent", "silver", "simple", "smooth", "snug", "sober",
	"solid", "sound", "spry", "stable", "steady", "still", "stout", "sturdy", "sunny", "swift", "tame", "tidy", "tranquil",
	"trim", "true", "upright", "vivid", "warm", "western", "windward", "wise", "witty", "zesty",
};

static const char *const things[] = {
	"albatross", "anchor", "anemone", "atoll", "ballast", "barge", "barnacle", "bay", "beacon", "beam", "berth", "bight",
	"binnacle", "bollard", "boom", "bosun", "bow", "breaker", "breeze", "bridge", "brig", "buoy", "cabin", "canal", "canvas",
	"cape", "capstan", "cargo", "channel", "chart", "clipper", "coast", "coaster", "cod", "compass", "coral", "cormorant",
	"cove", "coxswain", "crane", "crest", "current", "cutter", "davit", "deck", "delta", "derrick", "dinghy", "dock", "dolphin",
	"dory", "drifter", "eddy", "estuary", "fathom", "fender", "ferry", "fjord", "fleet", "foghorn", "frigate", "funnel",
	"galley", "galleon", "gannet", "gull", "halyard", "hamlet", "harbor", "hatch", "hawser", "headland", "helm", "heron",
	"herring", "hold", "horizon", "hull", "inlet", "island", "isthmus", "jetty", "jib", "kayak", "keel", "ketch", "knot", "lagoon",
	"lantern", "lateen", "ledge", "leeward", "lighter", "lighthouse", "lock", "logbook", "lugger", "mackerel", "mainsail",
	"marina", "mariner", "mast", "mooring", "narwhal", "nautilus", "navigator", "oar", "ocean", "oilskin", "osprey", "otter",
	"outrigger", "paddle", "pelican", "petrel", "pier", "pilot", "plover", "porthole", "prow", "puffin", "quay", "raft", "rapids",
	"reef", "rigging", "ripple", "rudder", "runnel", "sail", "sandbar", "schooner", "seal", "sextant", "shackle", "shanty",
	"shoal", "shore", "skiff", "skipper", "sloop", "sonar", "sounding", "spar", "spindrift", "spinnaker", "squall", "starboard",
	"stern", "stowage", "strait", "swell", "tackle", "tender", "tern", "tide", "tiller", "transom", "trawler", "trident", "tug",
	"turtle", "voyage", "wake", "walrus", "wave", "weather", "whale", "wharf", "wheel", "winch", "windlass", "yacht", "yard", "yawl",
};

int names_new_id(char id[65])
{
	unsigned char bytes[32];

	do {
		if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
			return -errno;
		for (size_t i = 0; i < sizeof(bytes); i++)
			snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	} while (strspn(id, "0123456789") >= 12);
	return 0;
}

void names_random(char *name, size_t room, unsigned attempt)
{
	unsigned pick[3] = {0};

	if (getrandom(pick, sizeof(pick), 0) != sizeof(pick))
		pick[0] = attempt;
	snprintf(name, room, "%s_%s", qualities[pick[0] % array_len(qualities)], things[pick[1] % array_len(things)]);
	if (attempt >= 2)
		snprintf(name + strlen(name), room - strlen(name), "%u", pick[2] % 10);
}
