-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Say what a paused player shows: option out, a directory.
local options = { out = "" }
require("mp.options").read_options(options, "screen")

local function write(name, text)
    local file = assert(io.open(options.out .. "/" .. name, "w"))
    file:write(text, "\n")
    file:close()
end

local function report()
    local params = mp.get_property_native("video-params") or {}
    write("hwdec", mp.get_property("hwdec-current", "no"))
    write("interop", mp.get_property("hwdec-interop", ""))
    write("format", string.format("%s %s", params.pixelformat, params["hw-pixelformat"]))
    mp.commandv("screenshot-to-file", options.out .. "/video.png", "video")
    mp.commandv("screenshot-to-file", options.out .. "/window.png", "window")
end

-- The picture is drawn some refreshes later.
mp.register_event("playback-restart", function()
    mp.add_timeout(0.5, function()
        pcall(report)
        mp.commandv("quit")
    end)
end)
