#!/bin/sh
# vsftpd as process 1 dies of children that are not its own
echo "ann:${FTP_PASSWORD:-secret}" | chpasswd
vsftpd /etc/vsftpd.conf &
trap 'kill $!' TERM INT
wait $!
