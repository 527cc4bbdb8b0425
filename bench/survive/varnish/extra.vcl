vcl 4.1;
import blob; import cookie; import vtc;
backend none none;
sub vcl_recv {
  cookie.parse(req.http.Cookie);
  return (synth(200, cookie.get("name") + " " + blob.transcode(BASE64, HEX, encoded="aGk=")));
}
