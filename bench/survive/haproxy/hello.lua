core.register_service("hello", "http", function(applet)
  local text = string.format("lua %s %d\n", applet.path:reverse(), math.floor(6.5 * 2))
  applet:set_status(200); applet:add_header("content-length", #text); applet:start_response(); applet:send(text)
end)
