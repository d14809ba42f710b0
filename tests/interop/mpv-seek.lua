-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Seek in a paused player, keep a picture of each place: options out (a
-- directory) and to (seconds, with "/" between them).
local options = { out = "", to = "" }
require("mp.options").read_options(options, "seek")

local places, n = {}, 0
for place in options.to:gmatch("[^/]+") do
    table.insert(places, place)
end

-- Each seek ends in a playback-restart; so does the start of the file.
mp.register_event("playback-restart", function()
    if n > 0 then
        mp.commandv("screenshot-to-file", string.format("%s/%02d.png", options.out, n), "video")
    end
    n = n + 1
    if places[n] then
        mp.commandv("seek", places[n], "absolute+exact")
    else
        mp.commandv("quit")
    end
end)
