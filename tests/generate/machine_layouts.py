#!/usr/bin/env python3
"""Machines in folders, archives and pastes of every layout, with what a scan has to find in each: written out one by one, where
stealer_logs.py makes many of a kind. Prints one TAP line a layout.

    machine_layouts.py FOLDER SCAN...     makes them in FOLDER; SCAN is the command, to which the path is added
"""
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zipfile

A='access.royal-post.example'; U='https://access.royal-post.example/'; D='royal-post.example'
L = []


# A layout: files by path (in archive order where it is a list), and exactly what is to be found.
def lay(name,files,exp,fmt='dir',note='',machines=None,**k): L.append(dict(name=name,files=files,exp=exp,fmt=fmt,note=note,machines=machines,**k))


# A finding: account, secret, service; further names are what its machine has to say.
def e(acc,sec,svc,kind='password',attr=None,**m):
    return dict(account=acc,secret=sec,service=svc,kind=kind,attr=attr,m=m or None)


# A log-in as a family writes it.
def blk(url,u,w,style='redline'):
    if style=='redline': return f'URL: {url}\r\nUsername: {u}\r\nPassword: {w}\r\nApplication: Google_[Chrome]_Default\r\n===============\r\n'
    if style=='lumma': return f'SOFT: Chrome Default (119.0.6045.160)\nURL: {url}\nUSER: {u}\nPASS: {w}\n\n'
    if style=='vidar': return f'Soft: Google Chrome [Default]\nHost: {url}\nLogin: {u}\nPassword: {w}\n\n'
    if style=='stealc': return f'browser: Google Chrome\nprofile: Default\nurl: {url}\nlogin: {u}\npassword: {w}\n\n'
    if style=='raccoon': return f'URL:{url}\nUSR:{u}\nPASS:{w}\n\n'


# A line of a cookie file.
def ck(dom,name,val,exp=1893456000): return f'{dom}\tTRUE\t/\tTRUE\t{exp}\t{name}\t{val}\n'
EST='0.AXoA1nvented-estsauth-value-0123456789abcdefghijklmnopqrstuvwxyz'
MS=ck('.login.microsoftonline.com','ESTSAUTHPERSISTENT',EST)
msx=lambda **m: e(None,EST,'login.microsoftonline.com','cookie','machine',**m)
GH=ck('.github.com','user_session','Zk3q9XyPLmN0b7RtVwQe2AaBbCcDdEeFfGgHhIiJjKkLlMm5')
def sqlite(statements):
    with tempfile.NamedTemporaryFile() as made:
        database=sqlite3.connect(made.name)
        for statement in statements: database.execute(statement)
        database.commit()
        database.close()
        return open(made.name,'rb').read()


RLINFO='''****************************************************
*            RedLine            *
****************************************************
Build ID: prolivs
IP: 203.0.113.7
FileLocation: C:\\Users\\jdoe\\AppData\\Local\\Temp\\setup.exe
UserName: jdoe
Country: GB
Zip Code: LS1
Location: Leeds, England
HWID: 0E2C94C6D1B8A7F1E2D3C4B5A6978812
Current Language: English (United Kingdom)
ScreenSize: {Width=1920, Height=1080}
TimeZone: (UTC+00:00) London
Operation System: Windows 10 Enterprise x64
UAC: AllowAll
Process Elevation: False
Log date: 7/4/2024 5:43:07 PM

Available KeyboardLayouts:
English (United Kingdom)
'''
LUMINFO='''- LummaC2 Build: Oct 24 2024
- LID: xjWvZb--installs
- Configuration: 5f2ab
- Path: C:\\Users\\jdoe\\x.exe

- OS Version: Windows 11 (10.0.22631) x64
- Local Date: 26.10.2024 18:00:17
- Time Zone: UTC+2
- Install Date: 01.02.2023 10:11:12
- Elevated: false
- Computer: RP-WS-77
- User: mokafor
- Domain: royalpost.local
- Hostname: RP-WS-77
- NetBIOS: RP-WS-77
- Language: en-GB
- Anti Virus:
	- Windows Defender
- HWID: 1D8AC8B3A6B2C17F0AF9E4D1E8A8A0AB
- CPU Name: Intel
- Physical Installed Memory: 16384MB
- IP Address: 198.51.100.23
- Country: DE
'''
VIDINFO='''Version: 11.2

Date: 22/12/2025 14:5:9
MachineID: 9a1e2c3d-1111-2222-3333-444455556666
GUID: {a1b2c3d4-0000-1111-2222-333344445555}
HWID: 5B7C1D2E3F4A-9a1e2c3d-1111

Path: C:\\Users\\svarga\\Desktop\\a.exe 
Work Dir: In memory

Windows: Windows 10 Pro [x64]
Install Date: 3/5/2022 11:12:13
AV: Windows Defender
Computer Name: DESKTOP-VARGA [ROYALPOST]
User Name: svarga
Display Resolution: 1920x1080
Keyboard Languages: English (United Kingdom)
Local Time: 22/12/2025 14:5:9
TimeZone: 0

[Hardware]
Processor: Intel
'''
STEALCINFO='''Network Info:
	- IP: 192.0.2.55
	- Country: FR

System Summary:
	- HWID: 44A2B3C4D5E6F70811
	- OS: Windows 10 Pro
	- Architecture: x64
	- UserName: tbrandt
	- Computer Name: RP-LT-5
	- Local Time: 2024/6/22 15:49:7
	- UTC: 2
	- Language: fr-FR
	- Keyboards: French
	- Laptop: TRUE
	- Running Path: C:\\x.exe
'''
RACINFO='''System Information:
	- Locale: English
	- Time zone: GMT+2
	- OS: Windows 10 Pro
	- Architecture: x64
	- User ID: 7d3e1c2b-aaaa-bbbb-cccc-111122223333|abell
	- Last seen: Thu Oct 10 2024 17:21:27 GMT+0200 (CEST)
	- CPU: Intel
	- RAM: 8192 MB
	- IP: 203.0.113.99
	- Country: NL
'''
# 1 RedLine
d='GB[0E2C94C6D1B8A7F1E2D3C4B5A6978812] [2024-07-04T17_43_07]/'
lay('redline-dir',{'pack/'+d+'Passwords.txt':blk('https://x.test/','c','d')+blk(U,'jdoe','Guille-1')+blk('https://tickets.saas.test/login','jd','Guille-2')+blk('https://github.com/session','jdoe-gh','Guille-3')+blk('https://mail.test/','bob','zz'),
 'pack/'+d+'UserInformation.txt':RLINFO,'pack/'+d+'Cookies/Google_[Chrome]_Default Network.txt':MS+ck('.x.test','sid','123'),
 'pack/'+d+'DomainDetects.txt':f'PDD: [{A}]\nCDD: [{D}]\n','pack/'+d+'ProcessList.txt':'ID: 1, Name: x, CommandLine: y',
 'pack/'+d+'Autofills/Google_[Chrome]_Default.txt':f'Name: email\nValue: jdoe@{D}\n===============\n'},
 [e('jdoe','Guille-1',A,attr='host',user='jdoe',ip='203.0.113.7',country='GB'),e('jd','Guille-2','tickets.saas.test',attr='machine'),e('jdoe-gh','Guille-3','github.com',attr='machine'),msx(user='jdoe',infected_at='2024-07-04T17:43:07Z')])
# 2 same as zip, cookies first in archive order
lay('lumma-zip-cookies-first',[('logs/DE_198.51.100.23_2024-10-26/Cookies/Chrome_Default_[a1b2c].txt',MS),('logs/DE_198.51.100.23_2024-10-26/All Passwords.txt',blk('https://x.test','c','d','lumma')+blk('https://vpn.royal-post.example','mokafor','Guille-4','lumma')),('logs/DE_198.51.100.23_2024-10-26/System.txt',LUMINFO)],
 [e('mokafor','Guille-4','vpn.royal-post.example',user='mokafor',name='RP-WS-77',domain='royalpost.local',country='DE',ip='198.51.100.23'),msx(name='RP-WS-77')],fmt='zip')
# 3 two machines, one stranger
lay('vidar-two-zip',[('a/DESKTOP-1/information.txt',VIDINFO.replace('DESKTOP-VARGA','DESKTOP-OTHER').replace(' [ROYALPOST]','').replace('svarga','bob').replace('9a1e2c3d','77777777')),('a/DESKTOP-1/passwords.txt',blk('https://github.com/login','bob','nope','vidar')),('a/DESKTOP-1/Cookies/Google Chrome_Default.txt',MS.replace('1nvented','2nvented')),
 ('a/DESKTOP-2/Cookies/Google Chrome_Default.txt',MS+GH),('a/DESKTOP-2/information.txt',VIDINFO),('a/DESKTOP-2/passwords.txt',blk('https://royalpost.okta.com/','svarga@mailbox.test','Guille-5','vidar')+blk('https://mail.test/','s.varga@royal-post.example','Guille-6','vidar'))],
 [e('s.varga@royal-post.example','Guille-6','mail.test',attr='account',name='DESKTOP-VARGA',user='svarga'),e('svarga@mailbox.test','Guille-5','royalpost.okta.com',attr='machine'),msx(name='DESKTOP-VARGA'),e(None,'Zk3q9XyPLmN0b7RtVwQe2AaBbCcDdEeFfGgHhIiJjKkLlMm5','github.com','cookie','machine')],fmt='zip')
# 4 StealC in flat zip: one machine at root of archive
lay('stealc-flat-zip',[('passwords.txt',blk('https://x.test','a','b','stealc')+blk('https://vpn.royal-post.example/','tbrandt','Guille-7','stealc')),('system_info.txt',STEALCINFO),('cookies/Google Chrome_Default Network.txt',MS),('autofill/Google Chrome_Default.txt',f'email\tt.brandt@{D}\n'),('history/Chrome.txt',f'{U}\n')],
 [e('tbrandt','Guille-7','vpn.royal-post.example',name='RP-LT-5',user='tbrandt',country='FR'),msx(name='RP-LT-5')],fmt='zip')
# 5 Raccoon, folder at root of scan dir
lay('raccoon-root-dir',{'System Info.txt':RACINFO,'passwords.txt':blk(U,'abell','Guille-8','raccoon'),'cookies.txt':MS},
 [e('abell','Guille-8',A,user='abell',country='NL'),msx(user='abell')])
# 6 combo list named Passwords.txt in a folder with strangers' cookies: is no machine
lay('combo-named-passwords',{'combos/Passwords.txt':'x@y.test:zz1\njdoe@royal-post.example:Guille-9\nq@w.test:zz2\n','combos/cookies.txt':MS},[e('jdoe@royal-post.example','Guille-9',None,attr='account')],note='a combo list is no machine',nomachine=True)
# 7 ULP named passwords
lay('ulp-named-passwords',{'pack/passwords.txt':f'https://x.test/:c:d\n{U}:jdoe:Guille-10\nhttps://github.com/login:zed:nope9\n'*1,'pack/other.txt':'https://github.com/login:zed2:nope10\n'},[e('jdoe','Guille-10',A,attr='host')],note='a list is no machine: github of strangers is none',nomachine=True)
# 8 browsers in subfolders
lay('browser-subfolders',{'m/RP-WS-3/Browsers/Chrome/Default/Passwords.txt':blk(U,'jdoe','Guille-11'),'m/RP-WS-3/Browsers/Chrome/Default/Cookies.txt':MS,'m/RP-WS-3/Browsers/Edge/Profile 1/Passwords.txt':blk('https://gitlab.com/users/sign_in','jd2','Guille-12'),'m/RP-WS-3/System.txt':'Computer Name: RP-WS-3\nUser Name: jdoe\nIP: 203.0.113.8\nCountry: GB\n'},
 [e('jdoe','Guille-11',A,name='RP-WS-3'),e('jd2','Guille-12','gitlab.com',attr='machine'),msx(name='RP-WS-3')])
# 9 StealC v2
lay('stealc-v2',{'US_203.0.113.44_2025-06-01/browsers/passwords/passwords_Chrome.txt':blk(U,'jdoe','Guille-13','stealc'),'US_203.0.113.44_2025-06-01/browsers/cookies/cookie_7f3c9a51-d0aa-4a4a-9f9f-123456789012.txt':MS,'US_203.0.113.44_2025-06-01/system_info.txt':STEALCINFO.replace('192.0.2.55','203.0.113.44').replace('FR\n','US\n')},
 [e('jdoe','Guille-13',A,ip='203.0.113.44',country='US'),msx()])
# 10 CryptBot
lay('cryptbot',{'KZx81/_AllPasswords_list.txt':f'Browser:    Google Chrome\r\nURL:        {U}\r\nUSER:       jdoe\r\nPASS:       Guille-14\r\n\r\n','KZx81/_AllCookies_list.txt':MS,'KZx81/_Information.txt':'Start Build:     C:\\x.exe\r\nOS:              Windows 10 Pro 64-bit\r\nLocal Date and Time: 2024-12-29 05:37:17 [ UTC+1 ]\r\nUserName (ComputerName): jdoe (RP-WS-14)\r\nCPU: x\r\nLocation: GB\r\n','KZx81/_AllForms_list.txt':f'email jdoe@{D}\r\n'},
 [e('jdoe','Guille-14',A,name='RP-WS-14',user='jdoe'),msx(name='RP-WS-14')])
# 11 Atomic macOS zip
lay('atomic-zip',[('Chromium/Chrome/Default/Cookies.txt',MS),('Chromium/Chrome/Default/Passwords.txt',f'URL: {U}\nUsername: jdoe\nPassword: Guille-15\n\n'),('Sysinfo.txt','System Software Overview:\n\n      System Version: macOS 14.4\n      Computer Name: Johns MacBook Pro\n      User Name: John Doe (jdoe)\n\nHardware Overview:\n      Hardware UUID: 5F2C9A10-AAAA-BBBB-CCCC-0123456789AB\n'),('login-keychain.db','x'*50),('pwd','Mac-Login-1')],
 [e('jdoe','Guille-15',A),msx()],fmt='zip',note='pwd holds the Mac log-in password, no service')
# 12 nested: zip of zips, one per machine
def z(fs):
    b=io.BytesIO(); zz=zipfile.ZipFile(b,'w',zipfile.ZIP_DEFLATED)
    for n,c in fs: zz.writestr(n,c)
    zz.close(); return b.getvalue()
lay('nested-zips',[('GB_1.zip',z([('Cookies/c.txt',MS),('Passwords.txt',blk(U,'jdoe','Guille-16')),('UserInformation.txt',RLINFO)])),('US_2.zip',z([('Cookies/c.txt',MS.replace('1nvented','3nvented')),('Passwords.txt',blk('https://github.com/','zed','nope')),('UserInformation.txt',RLINFO.replace('jdoe','zed').replace('0E2C94','FFFFFF'))]))],
 [e('jdoe','Guille-16',A,user='jdoe'),msx(user='jdoe')],fmt='zip')
# 13 nested: machine dirs in zip in zip
lay('zip-in-zip',[('inner.zip',z([('logs/PC-A/Cookies/c.txt',MS.replace('1nvented','4nvented')),('logs/PC-A/Passwords.txt',blk('https://github.com/','zed','nope')),('logs/PC-B/Cookies/c.txt',MS),('logs/PC-B/Passwords.txt',blk(U,'jdoe','Guille-17')),('logs/PC-B/UserInformation.txt',RLINFO)]))],
 [e('jdoe','Guille-17',A,user='jdoe'),msx(user='jdoe')],fmt='zip')
# 14 tar.gz
lay('tar-gz',[('./logs/PC-B/Cookies/c.txt',MS),('./logs/PC-B/Passwords.txt',blk(U,'jdoe','Guille-18')),('./logs/PC-B/UserInformation.txt',RLINFO)],[e('jdoe','Guille-18',A,user='jdoe'),msx(user='jdoe')],fmt='tgz')
# 15 7z
lay('7z',[('logs/PC-B/Cookies/c.txt',MS),('logs/PC-B/Passwords.txt',blk(U,'jdoe','Guille-19')),('logs/PC-B/UserInformation.txt',RLINFO)],[e('jdoe','Guille-19',A,user='jdoe'),msx(user='jdoe')],fmt='7z')
# 16 backslash zip names
lay('zip-backslash',[('logs\\PC-B\\Cookies\\c.txt',MS),('logs\\PC-B\\Passwords.txt',blk(U,'jdoe','Guille-20')),('logs\\PC-B\\UserInformation.txt',RLINFO)],[e('jdoe','Guille-20',A,user='jdoe'),msx(user='jdoe')],fmt='zip')
# 17 password zip, 'infected'
lay('no-system-dirname',{'logs/GB_203.0.113.7_2026-05-04/Passwords.txt':blk(U,'jdoe','Guille-21'),'logs/GB_203.0.113.7_2026-05-04/Cookies/Edge.txt':MS},[e('jdoe','Guille-21',A,ip='203.0.113.7',country='GB'),msx(ip='203.0.113.7')])
lay('dirname-host-user-cc',{'logs/RP-WS-9.jdoe[GB]/Passwords.txt':blk(U,'jdoe','Guille-22'),'logs/RP-WS-9.jdoe[GB]/Cookies/Edge.txt':MS},[e('jdoe','Guille-22',A,country='GB'),msx(country='GB')])
lay('dirname-user-at-host',{'logs/jdoe@RP-WS-10_GB/Passwords.txt':blk(U,'jdoe','Guille-23'),'logs/jdoe@RP-WS-10_GB/Cookies/Edge.txt':MS},[e('jdoe','Guille-23',A),msx()])
lay('dirname-brackets',{'logs/[GB] 203.0.113.11 (RP-WS-12)/Passwords.txt':blk(U,'jdoe','Guille-24'),'logs/[GB] 203.0.113.11 (RP-WS-12)/Cookies/Edge.txt':MS},[e('jdoe','Guille-24',A,country='GB',ip='203.0.113.11'),msx(ip='203.0.113.11')])
# strangers: nothing
lay('stranger-only',{'logs/PC-X/Passwords.txt':blk('https://github.com/','zed','nope')+blk('https://royal-post.example.evil.test/','jdoe','nope2'),'logs/PC-X/Cookies/c.txt':MS+GH,'logs/PC-X/UserInformation.txt':RLINFO.replace('jdoe','zed'),'logs/PC-X/History/h.txt':f'{U}\n'},[])
lay('stranger-visited-us',{'logs/PC-X/Passwords.txt':blk('https://github.com/','zed','nope'),'logs/PC-X/Cookies/c.txt':MS+ck('.royal-post.example','_ga','GA1.2.3')+ck('.royal-post.example','CookieConsent','yes'),'logs/PC-X/History/h.txt':f'{U}\n'},[],note='only tracking cookies of ours')
lay('customer-machine',{'logs/PC-X/Passwords.txt':blk('https://github.com/','zed','nope')+blk('https://shop.royal-post.example/login','anna@mail.test','Guille-25'),'logs/PC-X/Cookies/c.txt':MS+GH},[e('anna@mail.test','Guille-25','shop.royal-post.example',attr='host')],note="a customer's machine: its sign-on cookies are not ours")
lay('customer-cookie-machine',{'logs/PC-X/Passwords.txt':blk('https://github.com/','zed','nope'),'logs/PC-X/Cookies/c.txt':MS+ck('shop.royal-post.example','PHPSESSID','abcdef0123456789abcdef0123')},[e(None,'abcdef0123456789abcdef0123','shop.royal-post.example','cookie','host')],note='customer cookie at the public shop')
lay('staff-cookie-machine',{'logs/PC-Y/Passwords.txt':blk('https://github.com/','jd','Guille-26'),'logs/PC-Y/Cookies/c.txt':MS+ck(A,'SVPNCOOKIE','Qk3invented99')},[e(None,'Qk3invented99',A,'cookie','host'),e('jd','Guille-26','github.com',attr='machine'),msx()],note='staff host cookie makes the machine ours')
lay('autofill-only-ours',{'logs/PC-Y/Passwords.txt':blk('https://github.com/','jd','nope'),'logs/PC-Y/Autofills/a.txt':f'Name: email\nValue: jdoe@{D}\n===============\n','logs/PC-Y/Cookies/c.txt':MS},[],note='an address in autofill alone: no account of ours (open)')
lay('filegrabber',{'logs/PC-Y/FileGrabber/Desktop/passwords.txt':f'vpn\n{U}\nlogin: jdoe\npassword: Guille-27\n','logs/PC-Y/Passwords.txt':blk('https://gitlab.com/','jd','Guille-28'),'logs/PC-Y/UserInformation.txt':RLINFO,'logs/PC-Y/Cookies/c.txt':MS},[e('jdoe','Guille-27',A,user='jdoe'),e('jd','Guille-28','gitlab.com',attr='machine'),msx(user='jdoe')],note='a note on the desktop, grabbed')
lay('many-cookie-files',{**{f'logs/PC-Z/Cookies/Chrome_Profile {i}.txt':ck('.x.test','sid','v%d'%i) for i in range(520)},'logs/PC-Z/Cookies/Edge_zz.txt':MS,'logs/PC-Z/Passwords.txt':blk(U,'jdoe','Guille-29'),'logs/PC-Z/UserInformation.txt':RLINFO},[e('jdoe','Guille-29',A),msx()],note='520 cookie files')
lay('many-cookie-files-zip',[(f'logs/PC-Z/Cookies/Chrome_Profile {i}.txt',ck('.x.test','sid','v%d'%i)) for i in range(520)]+[('logs/PC-Z/Cookies/Edge_zz.txt',MS),('logs/PC-Z/Passwords.txt',blk(U,'jdoe','Guille-30')),('logs/PC-Z/UserInformation.txt',RLINFO)],[e('jdoe','Guille-30',A),msx()],fmt='zip')
lay('many-grabbed-files',{**{f'logs/PC-Z/FileGrabber/Documents/d{i}.txt':'some text %d\n'%i for i in range(400)},'logs/PC-Z/Cookies/Edge_zz.txt':MS,'logs/PC-Z/Passwords.txt':blk(U,'jdoe','Guille-31'),'logs/PC-Z/UserInformation.txt':RLINFO},[e('jdoe','Guille-31',A),msx()])
lay('many-machines-dir',{f'logs/PC-{i:03d}/{f}':t for i in range(40) for f,t in (('Passwords.txt',blk('https://github.com/','zed%d'%i,'nope%d'%i)+(blk(U,'jdoe%d'%i,'Guille-9%02d'%i) if i%10==3 else '')),('Cookies/c.txt',MS.replace('1nvented','m%03d'%i)),('UserInformation.txt',RLINFO.replace('UserName: jdoe','UserName: u%d'%i).replace('0E2C94','%06X'%i)))},
 [x for i in (3,13,23,33) for x in (e('jdoe%d'%i,'Guille-9%02d'%i,A,user='u%d'%i),e('zed%d'%i,'nope%d'%i,'github.com',attr='machine',user='u%d'%i),e(None,EST.replace('1nvented','m%03d'%i),'login.microsoftonline.com','cookie','machine',user='u%d'%i))])
lay('json-cookies',{'logs/PC-J/cookies/chrome.json':json.dumps([{"domain":".login.microsoftonline.com","name":"ESTSAUTHPERSISTENT","value":EST,"path":"/","expirationDate":1893456000.5,"httpOnly":True,"secure":True}]),'logs/PC-J/passwords.json':json.dumps([{"url":"https://x.test","username":"c","password":"d"},{"url":U,"username":"jdoe","password":"Guille-32"},{"url":"https://royalpost.slack.com/","username":"jd","password":"Guille-33"}]),'logs/PC-J/pc_info.json':json.dumps({"hwid":"77AA","computer_name":"RP-WS-J","username":"jdoe","ip":"203.0.113.77","country":"GB"})},
 [e('jdoe','Guille-32',A,name='RP-WS-J'),e('jd','Guille-33','royalpost.slack.com',attr='machine'),msx(name='RP-WS-J')])
lay('ftp-and-mail',{'logs/PC-F/FTP/Credentials.txt':f'Server: files.{D}:21\nUsername: jdoe\nPassword: Guille-34\n\n','logs/PC-F/Email Clients/Outlook/Accounts.txt':f'Email: j.doe@{D}\nIMAP Server: mail.{D}\nIMAP User: j.doe@{D}\nIMAP Password: Guille-35\n','logs/PC-F/UserInformation.txt':RLINFO},[e('jdoe','Guille-34',f'files.{D}'),e(f'j.doe@{D}','Guille-35',f'mail.{D}',user='jdoe')])
lay('utf16-passwords',{'logs/PC-U/Passwords.txt':('\ufeff'+blk(U,'jdoe','Guillé-36')).encode('utf-16-le'),'logs/PC-U/UserInformation.txt':('\ufeff'+RLINFO).encode('utf-16-le'),'logs/PC-U/Cookies/c.txt':('\ufeff'+MS).encode('utf-16-le')},[e('jdoe','Guillé-36',A,user='jdoe'),msx(user='jdoe')])
lay('token-on-machine',{'logs/PC-T/Passwords.txt':blk(U,'jdoe','Guille-37'),'logs/PC-T/FileGrabber/.git-credentials':'https://jd: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@github.com\n'},[e('jdoe','Guille-37',A),e('ANY','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','ANY','token','machine')])
lay('passwords-only-ad-domain',{'logs/PC-D/System.txt':LUMINFO.replace('royalpost.local','ROYALPOST'),'logs/PC-D/All Passwords.txt':blk('https://github.com/','mo','Guille-38','lumma'),'logs/PC-D/Cookies/c.txt':MS},[e('mo','Guille-38','github.com',attr='machine',name='RP-WS-77'),msx(name='RP-WS-77')],note='a machine in our AD domain is a machine of ours')
lay('reseller-nesting',{'CLOUD 04.05/part1/GB/PC-N [GB]/Passwords.txt':blk(U,'jdoe','Guille-39'),'CLOUD 04.05/part1/GB/PC-N [GB]/Cookies/c.txt':MS,'CLOUD 04.05/part1/GB/PC-M [GB]/Passwords.txt':blk('https://github.com/','zed','nope'),'CLOUD 04.05/part1/GB/PC-M [GB]/Cookies/c.txt':MS.replace('1nvented','5nvented'),'CLOUD 04.05/readme.txt':'Seller: @x\nPassword: cloudpass'},[e('jdoe','Guille-39',A),msx()])
H=lambda u,h,ip,cc:f'HWID: {h}\nUserName: {u}\nComputer Name: WS-{u.upper()}\nIP: {ip}\nCountry: {cc}\nOperation System: Windows 10\nFileLocation: C:\\x.exe\nLog date: 7/4/2024 5:43:07 PM\n'
lay('paste-one',{'paste.txt':RLINFO+'\n'+blk('https://x.test/','c','d')+blk(U,'jdoe','Knot-1')+blk('https://github.com/login','jd','Knot-2')+MS+blk('https://mail.test/','bob','zz')},
 [e('jdoe','Knot-1',A,attr='host',user='jdoe',country='GB'),e('jd','Knot-2','github.com',attr='machine',user='jdoe'),msx(user='jdoe')])
lay('paste-three',{'paste.txt':H('ann','A'*32,'203.0.113.1','US')+'\n'+blk('https://github.com/','ann','no1')+'\n'+H('jdoe','B'*32,'203.0.113.2','GB')+'\n'+blk('https://github.com/','jdgh','Knot-3')+blk(U,'jdoe','Knot-4')+'\n'+H('bob','C'*32,'203.0.113.3','DE')+'\n'+blk('https://github.com/','bob','no2')+MS},
 [e('jdoe','Knot-4',A,user='jdoe',ip='203.0.113.2'),e('jdgh','Knot-3','github.com',attr='machine',user='jdoe')])
lay('paste-two-ours',{'paste.txt':H('jdoe','B'*32,'203.0.113.2','GB')+blk(U,'jdoe','Knot-5')+'\n\n'+H('mo','D'*32,'203.0.113.9','FR')+blk(U,'m.okafor','Knot-6','lumma')},
 [e('jdoe','Knot-5',A,user='jdoe',country='GB'),e('m.okafor','Knot-6',A,user='mo',country='FR')])
lay('paste-lumma-stealc',{'p.txt':LUMINFO+'\n\n'+blk(U,'mokafor','Knot-7','lumma')+'\n'+STEALCINFO+'\n'+blk('https://x.test','tb','no3','stealc')+blk(U,'tbrandt','Knot-8','stealc')},
 [e('mokafor','Knot-7',A,user='mokafor',name='RP-WS-77'),e('tbrandt','Knot-8',A,user='tbrandt',name='RP-LT-5')])
lay('paste-no-system',{'p.txt':blk(U,'jdoe','Knot-9')+blk('https://github.com/','zed','no4')},[e('jdoe','Knot-9',A)],nomachine=True)
lay('paste-hwid-word',{'p.txt':'the HWID: field is empty\n\n'+blk(U,'jdoe','Knot-10')+blk('https://github.com/','zed','no5')},[e('jdoe','Knot-10',A)],nomachine=True)
lay('paste-html',{'p.html':'<html><body><pre>'+H('jdoe','B'*32,'203.0.113.2','GB')+'\n'+blk(U,'jdoe','Knot-11')+blk('https://github.com/','jd','Knot-12')+'</pre></body></html>'},[e('jdoe','Knot-11',A,user='jdoe'),e('jd','Knot-12','github.com',attr='machine')])
lay('paste-utf16',{'p.txt':('\ufeff'+H('jdoe','B'*32,'203.0.113.2','GB')+'\n'+blk(U,'jdoe','Knot-13')+blk('https://github.com/','jd','Knot-14')).encode('utf-16-le')},[e('jdoe','Knot-13',A,user='jdoe'),e('jd','Knot-14','github.com',attr='machine')])
lay('passwords-file-of-several',{'leaks/Passwords.txt':H('ann','A'*32,'203.0.113.1','US')+'\n'+blk('https://github.com/','ann','no6')+'\n'+H('jdoe','B'*32,'203.0.113.2','GB')+'\n'+blk(U,'jdoe','Knot-15')},[e('jdoe','Knot-15',A,user='jdoe')],note='a machine-like name does not make one machine of several')
lay('paste-customer',{'p.txt':H('ann','A'*32,'203.0.113.1','US')+blk('https://shop.royal-post.example/login','ann@mail.test','Knot-16')+blk('https://github.com/','ann','no7')},[e('ann@mail.test','Knot-16','shop.royal-post.example',user='ann')])
lay('paste-big',{'p.txt':''.join(H('u%d'%i,'%032X'%i,'203.0.113.%d'%(i%250),'GB')+'\n'+blk('https://github.com/','g%d'%i,'nope9')+blk('https://x%d.test/'%i,'a','b')*40+(blk(U,'s%d'%i,'Knot-1%03d'%i) if i%50==7 else '') for i in range(400))},
 [x for i in range(7,400,50) for x in (e('s%d'%i,'Knot-1%03d'%i,A,user='u%d'%i),e('g%d'%i,'nope9','github.com',attr='machine',user='u%d'%i))])
lay('system-after',{'p.txt':blk(U,'jdoe','Knot-17')+'\n'+H('jdoe','B'*32,'203.0.113.2','GB')},[e('jdoe','Knot-17',A)],note='system information behind: not attached (open)')

k=[0]


# What a family says of its machine.
def si(nm_,fname,text,**m):
    k[0]+=1; pw='Guano-%d'%k[0]
    lay(nm_,{f'logs/M{k[0]}/Passwords.txt':blk(U,'jdoe',pw),f'logs/M{k[0]}/{fname}':text},[e('jdoe',pw,A,**m)])
si('risepro','information.txt','Build: free\nVersion: 2.0\n\nDate: Sat Jul 06 3:43:57 2024\nMachineID: 11-22-33\nGUID: {aaaa}\nHWID: 5566\n\nPath: C:\\x.exe\nWork Dir: C:\\Temp\n\nIP: 203.0.113.50\nLocation: GB, Leeds\nZIP (Autofills): -\nWindows: Windows 10 Pro [x64]\nComputer Name: RP-WS-50 [WORKGROUP]\nUser Name: jdoe\nDisplay Resolution: 1x1\nLocal Time: 6/7/2024 3:43:57\n',name='RP-WS-50',user='jdoe',ip='203.0.113.50',country='GB',infected_at='2024-07-06T03:43:57Z',domain=None)
si('risepro-domain','information.txt','Date: Sat Jul 06 3:43:57 2024\nHWID: 5567\nComputer Name: RP-WS-51 [ROYALPOST]\nUser Name: jdoe\n',name='RP-WS-51',domain='ROYALPOST')
si('meduza','UserInfo.txt','Meduza Stealer\nBuild name: x\nLog Date: 03-12-2024, 23:45:57\nIP: 203.0.113.51\nCountry Code: DE\nUser Name: jdoe\nComputer Name: RP-WS-52\nOS: Windows 11\nHWID: AA-BB\nExecute Path: C:\\x\n',name='RP-WS-52',user='jdoe',country='DE',infected_at='2024-12-03T23:45:57Z')
si('cryptbot-brackets','_Information.txt','Local Date and Time: 2024-12-29 05:37:17 [ UTC+1 ]\nUserName [ComputerName]: jdoe [RP-WS-53]\nKeyboard Languages: EN\n',name='RP-WS-53',user='jdoe')
si('raccoon-v1','System Info.txt','Raccoon Stealer | 1.7\n Build compiled on: x\n Launched at: 2021.03.03 - 09:59:08 GMT\n Bot_ID: 0B1C2D3E-AAAA-BBBB-CCCC-111122223333_jdoe\n Running on a desktop\n =R=A=C=C=O=O=N=\n System Information:\n  - System Language: English\n  - Username: jdoe\n  - IP: 203.0.113.53\n  - ComputerName: RP-WS-54\n',name='RP-WS-54',user='jdoe',infected_at='2021-03-03T09:59:08Z')
si('lumma-sig','System.txt','LummaC2, Build 20240101\nLID(Lumma ID): abc--x\n- PC: RP-WS-55\n- User: jdoe\n- Screen: 1x1\n- HWID: 1234ABCD\n- Time: 26.10.2024 18:00:17 (sig:1729954817.abcdef)\n- IP: 203.0.113.54\n- Country: GB\n',name='RP-WS-55',user='jdoe',infected_at='2024-10-26T15:00:17Z')
si('redline-dm','UserInformation.txt','FileLocation: C:\\x\nOperation System: Windows 10\nUserName: jdoe\nMachineName: RP-WS-56\nHWID: 77\nLog date: 03.12.2024 5:43:07\nIP: 203.0.113.55\nCountry: DE\n',name='RP-WS-56',user='jdoe',country='DE')
si('vidar-dm','information.txt','Version: 9\nDate: 5/4/2025 14:5:9\nMachineID: m1\nHWID: h1\nWork Dir: In memory\nComputer Name: RP-WS-57\nUser Name: jdoe\nInstall Date: 1/2/2020\n',name='RP-WS-57',infected_at='2025-04-05T14:05:09Z')
si('rhadamanthys','System.txt','Rhadamanthys\nTraffic Name: tr1\nInstall Date: 2024-05-04 10:11:12\nComputer Name: RP-WS-58\nUser Name: jdoe\nDomain Name: royalpost.local\nIP: 203.0.113.56\n',name='RP-WS-58',domain='royalpost.local',infected_at='2024-05-04T10:11:12Z')
si('lan-and-public','System.txt','LANIP: 192.168.1.7\nIP: 203.0.113.57\nComputer Name: RP-WS-59\n',ip='203.0.113.57')
si('mystic','information.txt','Mystic\nPC Name: RP-WS-60\nUser: ROYALPOST\\jdoe\nCountry: United Kingdom (GB)\n',name='RP-WS-60',user='jdoe',domain='ROYALPOST',country='GB')
si('aurora-json','info.json','{"MachineName":"RP-WS-61","UserName":"jdoe","GEO":"GB","IP":"203.0.113.58","HWID":"x1"}',name='RP-WS-61',user='jdoe',country='GB',ip='203.0.113.58')
si('cyr-keys','System.txt','Сomputer Name: RP-WS-62\nUsеr Name: jdoe\nHWID: y1\n',name='RP-WS-62',user='jdoe')
si('utf16','UserInformation.txt','\ufeff'.encode('utf-16-le')+'Computer Name: RP-WS-63\r\nUserName: jdoe\r\nCountry: FR\r\n'.encode('utf-16-le'),name='RP-WS-63',user='jdoe',country='FR')
si('whoami','whoami.txt','Hostname: RP-WS-64\nWhoami: royalpost\\jdoe\n',name='RP-WS-64')
si('tabs','system_info.txt','Computer Name\tRP-WS-65\nUser Name\tjdoe\nIP\t203.0.113.60\nCountry\tGB\n',name='RP-WS-65',user='jdoe',ip='203.0.113.60')
si('spaces','System.txt','Computer Name        RP-WS-66\nUser Name            jdoe\n',name='RP-WS-66',user='jdoe')
si('ipv6','System.txt','IP: 2001:db8::7\nComputer: RP-WS-67\nUser: jdoe\n',ip='2001:db8::7',name='RP-WS-67')
si('iso','userinfo.txt','Hostname: RP-WS-68\nUser: jdoe\nDate: 2026-05-04T10:11:12Z\n',infected_at='2026-05-04T10:11:12Z')


# What only the name of the folder says.
def dn(dir_,**m):
    k[0]+=1; pw='Guano-%d'%k[0]
    lay('dir-%d'%k[0],{f'logs/{dir_}/Passwords.txt':blk(U,'jdoe',pw),f'logs/{dir_}/Cookies/c.txt':'x'},[e('jdoe',pw,A,**m)],note=dir_)
dn('GB0E2C94C6D1B8A7F1E2D3C4B5A6978812_2024_07_04T17_43_07_123456',country='GB',infected_at='2024-07-04T17:43:07Z')
dn('GB_203.0.113.61_2024-07-04_17-43-07',country='GB',ip='203.0.113.61')
dn('[GB]203.0.113.62_jdoe',country='GB',ip='203.0.113.62')
dn('GB-203.0.113.63-2024.07.04',country='GB',ip='203.0.113.63')
dn('203.0.113.64 [GB]',country='GB',ip='203.0.113.64')
dn('2024-07-04_GB_203.0.113.65',country='GB',ip='203.0.113.65')
dn('DESKTOP-AB12CD3_jdoe_GB',name='DESKTOP-AB12CD3',user='jdoe')
dn('jdoe_DESKTOP-AB12CD4',name='DESKTOP-AB12CD4')
dn('GB_DESKTOP-AB12CD5@jdoe',name='DESKTOP-AB12CD5',user='jdoe',country='GB')
dn('LAPTOP-7QX2 [GB] 04.05.2026',name='LAPTOP-7QX2')

lay('ulp-in-machine',{'logs/PC-1/Passwords.txt':f'https://x.test/:c:d\n{U}:jdoe:Loon-1\nhttps://github.com/login:jdgh:Loon-2\n','logs/PC-1/UserInformation.txt':RLINFO},[e('jdoe','Loon-1',A,user='jdoe'),e('jdgh','Loon-2','github.com',attr='machine')])
lay('domaindetect-stranger',{'logs/PC-1/DomainDetects.txt':f'PDD: {A}\n','logs/PC-1/Passwords.txt':blk('https://github.com/','z','no9'),'logs/PC-1/Cookies/c.txt':MS,'logs/PC-1/UserInformation.txt':RLINFO.replace('jdoe','z')},[])
lay('same-name-two-zips',{'a.zip':z([('PC-1/Passwords.txt',blk(U,'jdoe','Loon-3')),('PC-1/Cookies/c.txt',MS)]),'b.zip':z([('PC-1/Passwords.txt',blk('https://github.com/','z','no9')),('PC-1/Cookies/c.txt',MS.replace('1nvented','9nvented'))])},[e('jdoe','Loon-3',A),msx()],note='two machines of one name in two archives')
lay('deep',{'2026/05/04/UK/batch 7/[GB] RP-WS-7/Browsers/Chrome/Default/Passwords.txt':blk(U,'jdoe','Loon-4'),'2026/05/04/UK/batch 7/[GB] RP-WS-7/Browsers/Edge/Default/Cookies.txt':MS,'2026/05/04/UK/batch 7/[GB] RP-WS-8/Browsers/Edge/Default/Cookies.txt':MS.replace('1nvented','8nvented'),'2026/05/04/UK/batch 7/[GB] RP-WS-8/Browsers/Edge/Default/Passwords.txt':blk('https://github.com/','q','no8')},[e('jdoe','Loon-4',A),msx()])
lay('by-type-collection',{'pack/Cookies/one.txt':MS,'pack/Cookies/two.txt':MS.replace('1nvented','7nvented'),'pack/lists/combo.txt':'jdoe@royal-post.example:Loon-5\nx@y.test:zz\n'},[e('jdoe@royal-post.example','Loon-5',None)],note='a list beside cookies of many')
lay('grabbed-combo',{'logs/PC-1/FileGrabber/Desktop/combo.txt':'a@x.test:p1\njdoe@royal-post.example:Loon-6\nb@x.test:p2\n','logs/PC-1/Passwords.txt':blk('https://github.com/','crook','no7'),'logs/PC-1/Cookies/c.txt':MS,'logs/PC-1/UserInformation.txt':RLINFO.replace('jdoe','crook')},[e('jdoe@royal-post.example','Loon-6',None)],note="a crook's own machine with a combo list in its documents is no staff machine")
lay('wordlist-on-machine',{'logs/PC-1/Brute.txt':'Loon-7\nroyal-post.example\njdoe\n','logs/PC-1/Passwords.txt':blk(U,'jdoe','Loon-8'),'logs/PC-1/UserInformation.txt':RLINFO},[e('jdoe','Loon-8',A,user='jdoe')])
lay('cards-and-wallets',{'logs/PC-1/CC/c.txt':f'Holder: J DOE\nCard: 4111111111111111\nEmail: jdoe@{D}\nPassword: none9\n','logs/PC-1/Passwords.txt':blk(U,'jdoe','Loon-9'),'logs/PC-1/Wallets/x.txt':'seed'},[e('jdoe','Loon-9',A)])
lay('txt-zip-mix',{'logs/PC-1/Passwords.txt':blk(U,'jdoe','Loon-10'),'logs/PC-1/Cookies.zip':z([('Chrome.txt',MS)]),'logs/PC-1/System.txt':'Computer Name: RP-1\nUser Name: jdoe\n'},[e('jdoe','Loon-10',A,name='RP-1'),msx(name='RP-1')],note='cookies in an archive of their own within the folder')
lay('expired-and-tracking',{'logs/PC-1/Cookies/c.txt':ck('.login.microsoftonline.com','ESTSAUTHPERSISTENT',EST,1262304000)+ck('.github.com','_ga','GA1.2.3')+ck('.github.com','logged_in','no')+ck('.github.com','tz','Europe'),'logs/PC-1/Passwords.txt':blk(U,'jdoe','Loon-11')},[e('jdoe','Loon-11',A),msx()])
lay('service-list-config',{'logs/PC-1/Passwords.txt':blk(U,'jdoe','Loon-12')+blk('https://tickets.saas.test.evil.test/','x','no6')+blk('https://tickets.saas.test/','jdt','Loon-13')+blk('https://www.facebook.com/','x','no5')+blk('https://netflix.com','x','no4')},[e('jdoe','Loon-12',A),e('jdt','Loon-13','tickets.saas.test',attr='machine')])
lay('canary-only',{'logs/PC-1/Passwords.txt':blk('https://x.test','a','b')},[])
lay('spaces-and-unicode-dirs',{'лог 1/ПК Иван/Passwords.txt':blk(U,'jdoe','Loon-14'),'лог 1/ПК Иван/Cookies/Хром.txt':MS},[e('jdoe','Loon-14',A),msx()])
lay('upper-names',{'LOGS/PC-1/PASSWORDS.TXT':blk(U,'jdoe','Loon-15'),'LOGS/PC-1/COOKIES/C.TXT':MS,'LOGS/PC-1/USERINFORMATION.TXT':RLINFO},[e('jdoe','Loon-15',A,user='jdoe'),msx(user='jdoe')])

# Files joined below their names, in the order of their names: what a machine says of itself stands amid its files.
EST2=EST.replace('1nvented','9nvented')
MS2=MS.replace('1nvented','9nvented')
BOBINFO=VIDINFO.replace('DESKTOP-VARGA','DESKTOP-BOB').replace(' [ROYALPOST]','').replace('svarga','bob').replace('9a1e2c3d','88888888')
def joined(style,*files): return ''.join(style%name+'\n'+data for name,data in files)
lay('joined-names-one-machine',{'paste.txt':joined('==> %s <==',('Cookies/c.txt',MS),('information.txt',VIDINFO),('passwords.txt',blk(U,'svarga','Skua-1','vidar')))},[e('svarga','Skua-1',A,name='DESKTOP-VARGA'),msx(name='DESKTOP-VARGA')])
lay('joined-paths-two-machines',{'paste.txt':joined('==> %s <==',('A/Cookies/c.txt',MS),('A/information.txt',VIDINFO),('A/passwords.txt',blk(U,'svarga','Skua-2','vidar')),('B/Cookies/c.txt',MS2),('B/information.txt',BOBINFO),('B/passwords.txt',blk('https://github.com/','bob','no8','vidar')))},[e('svarga','Skua-2',A,name='DESKTOP-VARGA'),msx(name='DESKTOP-VARGA')],note="the stranger's cookies stand between")
lay('joined-names-stranger-first',{'paste.txt':joined('[%s]',('Cookies.txt',MS2),('information.txt',BOBINFO),('passwords.txt',blk('https://github.com/','bob','no9','vidar')),('Cookies.txt',MS),('information.txt',VIDINFO),('passwords.txt',blk(U,'svarga','Skua-3','vidar')))},[e('svarga','Skua-3',A,name='DESKTOP-VARGA'),msx(name='DESKTOP-VARGA')])
lay('joined-names-info-last',{'paste.txt':joined('=== %s ===',('Cookies.txt',MS),('Passwords.txt',blk(U,'jdoe','Skua-4')),('UserInformation.txt',RLINFO),('Cookies.txt',MS2),('Passwords.txt',blk('https://github.com/','bob','no10')),('UserInformation.txt',RLINFO.replace('jdoe','bob').replace('0E2C94','EEEEEE')))},[e('jdoe','Skua-4',A,user='jdoe'),msx(user='jdoe')])
lay('joined-names-no-machine-ours',{'paste.txt':joined('==> %s <==',('B/Cookies/c.txt',MS2),('B/information.txt',BOBINFO),('B/passwords.txt',blk('https://github.com/','bob','no11','vidar')))},[])
# The same log-in taken from two machines: both are ours.
lay('same-log-in-twice',{'PC-1/UserInformation.txt':RLINFO,'PC-1/Passwords.txt':blk(U,'jdoe','Skua-5'),'PC-1/Cookies/c.txt':MS,'PC-2/information.txt':VIDINFO,'PC-2/passwords.txt':blk(U,'jdoe','Skua-5','vidar'),'PC-2/Cookies/c.txt':MS2},[e('jdoe','Skua-5',A),msx(user='jdoe'),e(None,EST2,'login.microsoftonline.com','cookie','machine',name='DESKTOP-VARGA')])
lay('same-log-in-twice-in-a-paste',{'paste.txt':RLINFO+blk(U,'jdoe','Skua-6')+MS+'\n'+VIDINFO+'\n'+blk(U,'jdoe','Skua-6','vidar')+MS2},[e('jdoe','Skua-6',A),msx(user='jdoe'),e(None,EST2,'login.microsoftonline.com','cookie','machine',name='DESKTOP-VARGA')])
lay('domain-of-ours-in-a-paste',{'paste.txt':VIDINFO+'\n'+blk('https://github.com/','sv','Skua-7','vidar')},[e('sv','Skua-7','github.com',attr='machine',domain='ROYALPOST')])
lay('domain-of-a-stranger-in-a-paste',{'paste.txt':BOBINFO+'\n'+blk('https://github.com/','sv','no12','vidar')},[])
# System information as others write it.
lay('azorult',{'log/System.txt':'MachineID :\t\t90059C37-1320-41A4-B58D-816E-806C\r\nEXE_PATH  :\t\tC:\\x.exe\r\n\r\nComputer(Username) :\tRP-WS-28(jdoe)\r\nLocalTime:\t\t18/8/2019 14:32:5\r\n','log/Passwords.txt':f'SOFT:\t\tChrome (69)\r\nHOST:\t\t{U}\r\nUSER:\t\tjdoe\r\nPASS:\t\tSkua-8\r\n'},[e('jdoe','Skua-8',A,name='RP-WS-28',user='jdoe',infected_at='2019-08-18T14:32:05Z')])
lay('russian-repack',{'лог/Система.txt':'Айпи: 198.51.100.21\r\nСтрана: NO\r\nИмя компьютера: RP-WS-31\r\nИмя пользователя: jdoe\r\n','лог/Пароли.txt':f'Сайт: {U}\r\nЛогин: jdoe\r\nПароль: Skua-9\r\n\r\n'},[e('jdoe','Skua-9',A,name='RP-WS-31',user='jdoe',ip='198.51.100.21',country='NO')])
lay('spanish-repack',{'log/información.txt':'Nombre de equipo: RP-WS-88\r\nUsuario: jdoe\r\nDirección IP: 198.51.100.88\r\nPaís: ES\r\n','log/contraseñas.txt':f'Sitio: {U}\r\nUsuario: jdoe\r\nContraseña: Skua-10\r\n\r\n'},[e('jdoe','Skua-10',A,name='RP-WS-88',user='jdoe',ip='198.51.100.88',country='ES')])
lay('system-in-xml',{'log/information.xml':'<information>\n<computer>RP-WS-77</computer><username>jdoe</username><ip>198.51.100.77</ip></information>\n','log/passwords.txt':blk(U,'jdoe','Skua-11')},[e('jdoe','Skua-11',A,name='RP-WS-77',user='jdoe',ip='198.51.100.77')])
lay('address-in-a-file-of-its-own',{'log/ip.txt':'198.51.100.55\r\n','log/passwords.txt':blk(U,'jdoe','Skua-12')},[e('jdoe','Skua-12',A,ip='198.51.100.55')])
lay('passwords-without-keys',{'log/information.txt':VIDINFO,'log/passwords.txt':f'https://x.test/\nme\nno-13a\n\n{U}\njdoe\nSkua-13\n\nhttps://github.com/login\njd\nSkua-14\n\n'},[e('jdoe','Skua-13',A,name='DESKTOP-VARGA'),e('jd','Skua-14','github.com',attr='machine')])
lay('history-without-keys',{'log/information.txt':BOBINFO,'log/History/Chrome.txt':f'{U}\nRoyalPost\n2024-06-01\n\nhttps://github.com/\nGitHub\n2024-06-01\n\nhttps://x.test/\nX\n2024-06-02\n'},[])

# Log-ins of a whole pack beside the folders of its machines: whose they are, the pack does not say.
BOB2=RLINFO.replace('jdoe','eve').replace('0E2C94','DDDDDD')
pack={'pack/bob/UserInformation.txt':BOBINFO,'pack/bob/Passwords.txt':blk('https://github.com/','bob','no14'),'pack/eve/UserInformation.txt':BOB2,'pack/eve/Cookies/c.txt':MS2,'pack/All Passwords.txt':blk(U,'jdoe','Skua-15')+blk('https://github.com/','eve','no15')}
lay('pack-with-all-passwords',pack,[e('jdoe','Skua-15',A)],nomachine=True)
lay('pack-with-all-passwords-zip',pack,[e('jdoe','Skua-15',A)],'zip',nomachine=True)
lay('pack-of-named-folders-with-all-passwords',{'[US]203.0.113.1_2026-01-02/Passwords.txt':blk('https://github.com/','bob','no16'),'[US]203.0.113.2_2026-01-02/Cookies/c.txt':MS2,'Passwords.txt':blk(U,'jdoe','Skua-16')},[e('jdoe','Skua-16',A)])
lay('machine-with-a-folder-that-says-more',{'log/Passwords.txt':blk(U,'jdoe','Skua-17')+blk('https://github.com/','jd','Skua-18'),'log/Machine Data/UserInformation.txt':RLINFO},[e('jdoe','Skua-17',A,user='jdoe'),e('jd','Skua-18','github.com',attr='machine',user='jdoe')])
# Names in an old code page.
CYRILLIC='Computer Name: БУХ-16\r\nUser Name: Ольга\r\nIP: 203.0.113.16\r\n'
lay('system-in-cp1251',{'log/System.txt':CYRILLIC.encode('cp1251'),'log/Passwords.txt':blk(U,'jdoe','Skua-19')},[e('jdoe','Skua-19',A,name='БУХ-16',user='Ольга',ip='203.0.113.16')])
lay('system-in-cp1251-in-a-paste',{'paste.txt':CYRILLIC.encode('cp1251')+b'\r\n'+blk(U,'jdoe','Skua-20').encode()},[e('jdoe','Skua-20',A,name='БУХ-16',user='Ольга')])
lay('system-in-cp1252',{'log/System.txt':'Computer Name: PC-José\r\nUser Name: María Núñez\r\nIP: 203.0.113.17\r\n'.encode('cp1252'),'log/Passwords.txt':blk(U,'jdoe','Skua-21')},[e('jdoe','Skua-21',A,name='PC-José',user='María Núñez')])
lay('system-in-two-code-pages',{'log/System.txt':'Computer Name: БУХ-16\r\n'.encode('cp1251')+'User Name: Łukasz Żak\r\nIP: 203.0.113.18\r\n'.encode(),'log/Passwords.txt':blk(U,'jdoe','Skua-22')},[e('jdoe','Skua-22',A,name='БУХ-16',user='Łukasz Żak',ip='203.0.113.18')])
lay('russian-keys-in-cp1251',{'log/Информация.txt':'Имя компьютера: БУХ-3\r\nИмя пользователя: Ольга\r\nIP адрес: 203.0.113.33\r\nДата: 05.11.2026 10:00:00\r\n'.encode('cp1251'),'log/Passwords.txt':blk(U,'jdoe','Skua-23')},[e('jdoe','Skua-23',A,name='БУХ-3',user='Ольга',ip='203.0.113.33',infected_at='2026-11-05T10:00:00Z')])
# Signs and digits in system information.
lay('system-with-arrows',{'log/System.txt':'• PC Name ➜ W-9\n• User ➜ s9\n• IP -> 2001:db8::9\n• Country → 🇵🇱 Poland\n• Date -> 05.10.2026 11:12:13\n','log/Passwords.txt':blk(U,'jdoe','Skua-24')},[e('jdoe','Skua-24',A,name='W-9',user='s9',ip='2001:db8::9',infected_at='2026-10-05T11:12:13Z')])
lay('system-in-a-box',{'log/System.txt':'┌───────────────┬───────┐\n│ Computer Name │ W-8   │\n│ User Name     │ s8    │\n│ IP            │ 203.0.113.38 │\n└───────────────┴───────┘\n','log/Passwords.txt':blk(U,'jdoe','Skua-25')},[e('jdoe','Skua-25',A,name='W-8',user='s8',ip='203.0.113.38')])
lay('system-in-leetspeak',{'log/System.txt':'C0mput3r N4m3: W-12\nUs3r N4m3: s12\n','log/Passwords.txt':blk(U,'jdoe','Skua-26')},[e('jdoe','Skua-26',A,name='W-12',user='s12')])
lay('seller-is-no-build',{'log/UserInformation.txt':'Log from: @seller\nBuild ID: mt_77\nIP: 203.0.113.9\nFileLocation: C:\\x.exe\nUserName: rroe\nMachineName: LP-RROE\nCountry: France\nCountry Code: FR\nLocation: Paris\n','log/Passwords.txt':blk(U,'jdoe','Skua-27')},[e('jdoe','Skua-27',A,name='LP-RROE',country='FR',build='mt_77')])
lay('keylogger-mail',{'PW_jdoe.html':f'Time: 10/20/2026 11:12:13<br>User Name: jdoe<br>Computer Name: HH-1<br>OSFullName: Microsoft Windows 10 Pro<br>IP Address: 198.51.100.9<br><hr>URL:{U}<br>\nUsername:jdoe<br>\nPassword:Skua-28<br>\nApplication:Chrome<br>\n<hr>URL:https://github.com/login<br>\nUsername:jd<br>\nPassword:Skua-29<br>\nApplication:Chrome<br>\n<hr>\n'},[e('jdoe','Skua-28',A,name='HH-1',user='jdoe',ip='198.51.100.9'),e('jd','Skua-29','github.com',attr='machine',name='HH-1')])
# Whose machine it is by who signed in to it.
lay('signed-in-with-our-address',{'log/System.txt':f'Computer: X-40\nUser: jdoe@{D}\n','log/Passwords.txt':blk('https://github.com/','jd','Skua-30')},[e('jd','Skua-30','github.com',attr='machine',name='X-40')])
lay('signed-in-with-an-address-like-ours',{'log/System.txt':f'Computer: X-41\nUser: jdoe@not{D}\n','log/Passwords.txt':blk('https://github.com/','jd','no17')},[])
lay('called-like-our-logon-domain',{'log/System.txt':'Computer: ROYALPOST\nUser: royalpost\nDomain: WORKGROUP\nBuild ID: royal-post.example\n','log/Passwords.txt':blk('https://github.com/','jd','no18')},[])
# Databases of browsers in the machine's own folder.
db=lambda *sql: sqlite(sql)
COOKIES=db("create table cookies(host_key text,name text,value text,path text,expires_utc integer,is_secure integer,is_httponly integer)",f"insert into cookies values('.login.microsoftonline.com','ESTSAUTHPERSISTENT','{EST}','/',13570000000000000,1,1)")
lay('cookie-database-of-a-machine',{'log/System.txt':'Computer: W-31\nUser: jdoe\n','log/Cookies':COOKIES,'log/Passwords.txt':blk(U,'jdoe','Skua-31')},[e('jdoe','Skua-31',A,name='W-31'),msx(name='W-31')])
lay('cookie-database-of-a-stranger',{'log/System.txt':'Computer: W-32\nUser: bob\n','log/Cookies':COOKIES,'log/Passwords.txt':blk('https://x.test/','bob','no19')},[])
lay('mail-program-beside-the-log-ins',{'log/System.txt':'Computer: W-33\nUser: jdoe\n','log/Outlook.txt':f'Email: jdoe@{D}\nPOP3 Server: pop.{D}\nPOP3 User: jdoe@{D}\nPOP3 Password: Skua-33\n','log/Passwords.txt':blk('https://github.com/','jd','Skua-34')},[e(f'jdoe@{D}','Skua-33','ANY',name='W-33'),e('jd','Skua-34','github.com',attr='machine',name='W-33')])
lay('chinese-repack',{'log/密码.txt':f'网址: {U}\n用户名: jdoe\n密码: Skua-35\n\n','log/系统信息.txt':'计算机名: SZ-4\n用户名: li\nIP地址: 203.0.113.34\n国家: CN\n'},[e('jdoe','Skua-35',A,name='SZ-4',user='li',ip='203.0.113.34',country='CN')])
lay('list-with-a-log-in-called-user',{'ulp/Passwords.txt':f'https://x.test/:user:password\nhttps://y.test/:bob:p1\n{U}:jdoe:Skua-36\nhttps://github.com/login:strange:no20\n'},[e('jdoe','Skua-36',A)])

# Names of files that are no UTF-8, as extracted from archives of old programs.
odd=b'm\xe9\xff'.decode('utf-8','surrogateescape')
lay('folder-in-other-bytes',{odd+'/Passwords.txt':blk(U,'jdoe','Skua-37')+blk('https://github.com/','jd','Skua-38'),odd+'/System.txt':'Computer: W-37\nUser: jdoe\n',odd+'/Cookies/c.txt':MS},[e('jdoe','Skua-37',A,name='W-37'),e('jd','Skua-38','github.com',attr='machine',name='W-37'),msx(name='W-37')])
lay('stranger-in-a-folder-in-other-bytes',{odd+'/Passwords.txt':blk('https://github.com/','jd','no21'),odd+'/Cookies/c.txt':MS},[])
lay('file-in-other-bytes',{'x/'+odd+'.txt':f'jdoe@{D}:Heron-Weir-39\n'},[e(f'jdoe@{D}','Heron-Weir-39',None)])
# When, and in what dress.
def told(how,text,**m): lay('told-'+how,{'log/info.txt':text,'log/Passwords.txt':blk(U,'jdoe','Skua-40')},[e('jdoe','Skua-40',A,**m)])
SEP='2026-09-05T21:05:01Z'
told('day-first-with-dots',RLINFO.replace('7/4/2024 5:43:07 PM','05.09.2026 21:05:01'),infected_at=SEP)
told('by-its-epoch','Computer: L\nLocal Date: 05.09.2026 20:00:00\nTime: 05.09.2026 20:00:00 (sig:1788642301.abcd)\n',name='L',infected_at=SEP)
told('in-seconds','PC: X\nTimestamp: 1788642301\n',infected_at=SEP)
told('with-the-name-of-a-zone','PC: X\nDate: 05 Sep 2026 23:05:01 CEST\n',infected_at=SEP)
told('without-a-possible-date','PC: X\nDate: 32/13/2026 99:99:99\n',name='X',infected_at=None)
told('in-markdown','**Computer Name**: `X3`\n**User:** **x3**\n**IP**: `203.0.113.6`\n',name='X3',user='x3',ip='203.0.113.6')
told('in-rows-of-two','"PC Name","X6"\n"User Name","x6"\n',name='X6',user='x6')
told('with-old-ends-of-lines','Computer Name: CR\rUser Name: cr\r',name='CR',user='cr')
told('with-hard-blanks','Computer\u00a0Name: NB\n\ufeffUser\u200b Name: nb\n',name='NB',user='nb')
told('by-a-code-for-dialling','PC: X8\nCountry: Germany\nCountry Code: 49\n',name='X8',country='Germany')
told('in-json-cut-off','{"hostname": "X9", "note": "x", br',name='X9')
# A seller's mark before the name of a folder; numbers that are no address of a machine.
lay('mark-before-the-folder-name',{'NEW @cloud DE_203.0.113.4/Passwords.txt':blk(U,'jdoe','Skua-41'),'(2) FR_203.0.113.5/Passwords.txt':blk('https://github.com/','x','no22')},[e('jdoe','Skua-41',A,country='DE',ip='203.0.113.4')])
lay('version-in-a-folder-name',{'tool-v1.2.3.4/list.txt':f'{A}:jdoe:Heron-Weir-42\nhttps://github.com/:x:no23\n'},[e('jdoe','Heron-Weir-42',A)],nomachine=True)

# ---- making and comparing -----------------------------------------------------------------------

def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as out:
        out.write(data if isinstance(data, bytes) else data.encode())


def make(layout, folder):
    root = os.path.join(folder, layout['name'])
    items = list(layout['files'].items() if isinstance(layout['files'], dict) else layout['files'])
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    if layout['fmt'] == 'zip':
        write(root + '/logs.zip', z(items))
        return root + '/logs.zip'
    if layout['fmt'] == 'tgz':
        with tarfile.open(root + '/logs.tgz', 'w:gz') as tar:
            for name, data in items:
                info = tarfile.TarInfo(name)
                data = data if isinstance(data, bytes) else data.encode()
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return root + '/logs.tgz'
    for name, data in items:
        write(root + '/' + name, data)
    if layout['fmt'] == '7z':
        subprocess.run(['7z', 'a', '-bd', root + '.7z', '.'], cwd=root, check=True, stdout=subprocess.DEVNULL)
        return root + '.7z'
    return root


def matches(wanted, found):
    return (found['kind'] == wanted['kind'] and found.get('secret', {}).get('value') == wanted['secret'] and
            wanted['account'] in ('ANY', found.get('account')) and wanted['service'] in ('ANY', found.get('service')))


def complaints(layout, found):
    for wanted in layout['exp']:
        hit = next((one for one in found if matches(wanted, one)), None)
        if hit is None:
            yield f'missing: {wanted}'
            continue
        found.remove(hit)
        if wanted['attr'] and hit['attribution'] != wanted['attr']:
            yield f'attribution {hit["attribution"]} of {wanted}'
        for key, value in (wanted['m'] or {}).items():
            if hit.get('machine', {}).get(key) != value:
                yield f'machine {hit.get("machine")} of {wanted}'
        if layout.get('nomachine') and hit.get('machine'):
            yield f'a machine where there is none: {hit["machine"]}'
    for one in found:
        yield f'invented: {json.dumps(one)}'


def main():
    folder, scan = sys.argv[1], sys.argv[2:]
    for number, layout in enumerate(L, 1):
        ran = subprocess.run(scan + [make(layout, folder)], capture_output=True, text=True, check=False)
        bad = list(complaints(layout, [json.loads(line) for line in ran.stdout.splitlines()]))
        if ran.returncode != (10 if layout['exp'] else 0):
            bad.append(f'exit status {ran.returncode}: {ran.stderr}')
        print(f'{"not ok" if bad else "ok"} {number} - {layout["name"]} {layout["note"]}'.rstrip())
        for line in bad:
            print('# ' + line.replace('\n', '\n# '))
    print(f'1..{len(L)}')


main()
